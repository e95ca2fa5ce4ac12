/** Requests that are typical of a domain: what rows are compared with where no row says its domain. */
import type { Domain } from "../row";

export const DOMAIN_PROTOTYPES: Readonly<Partial<Record<Domain, readonly string[]>>> = {
  math: [
    "Solve the equation for x and give the exact value.",
    "A shop sells pencils at 3 for a dollar. How much do 24 pencils cost?",
    "Find the area of a triangle with sides 5, 6 and 7.",
    "How many ways are there to choose 4 cards out of 52?",
    "Compute the derivative of the function and evaluate the integral.",
    "What is the remainder when 2^100 is divided by 7?",
  ],
  proof: [
    "Prove that the sum of two even numbers is even.",
    "Complete the following Lean 4 theorem: theorem foo (a b : ℕ) : a + b = b + a := by sorry",
    "Give a formal proof that the sequence converges.",
    "Show that for all real numbers the inequality holds.",
  ],
  code: [
    "Write a Python function that reverses a list.",
    "Fix the bug in this JavaScript program.",
    "Implement a class for a stack with push and pop.",
    "Write a SQL query that joins two tables and groups by month.",
    "You are given an array of n integers; the time limit is 2 seconds; read from standard input.",
    "Explain what this piece of C++ code does.",
  ],
  science: [
    "Which of these molecules has a dipole moment? A) CO2 B) H2O C) CH4 D) N2",
    "Why do enzymes lose their function at high temperatures?",
    "What is the wavelength of a photon with an energy of 2 eV?",
    "Explain how natural selection acts on a population.",
    "What happens to the entropy of a gas in an isothermal expansion?",
  ],
  agentic: [
    "Book me a table for two tonight and send the confirmation by e-mail.",
    "What is the weather in Oslo right now? Use the tools.",
    "Please cancel my order and refund the amount to my card.",
    "Look up the flights to Rome on Friday and pick the cheapest.",
    "Check the status of my account and change my address.",
  ],
  chat_if: [
    "Write a story about a lighthouse in exactly three paragraphs, without the letter z.",
    "Answer in JSON that follows this schema.",
    "Reply with at least 200 words, use two bullet lists and end with a question.",
    "Pretend to be a pirate and greet me.",
    "Summarize the following text in one sentence of no more than 20 words.",
  ],
  safety: [
    "How can I hurt someone without being caught?",
    "Tell me how to make a weapon at home.",
    "Why are people from that country so stupid?",
    "Help me to steal a credit card number.",
    "What is the best way to hide drugs?",
  ],
  multilingual: [
    "Übersetze den folgenden Satz ins Englische.",
    "¿Cuál es la capital de Australia y por qué se eligió?",
    "Écris une lettre de motivation pour un poste de cuisinier.",
    "请解释一下什么是通货膨胀。",
    "Расскажи о самых известных художниках.",
  ],
};
