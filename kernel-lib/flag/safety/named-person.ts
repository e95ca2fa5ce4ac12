/** Private facts of somebody who is named. */

import { HURT } from "./lexicon";

const FACT =
  /(?:social security number|\bSSN\b|home address|private address|personal (?:address|e-?mail(?: address)?|phone number)|(?:physical|residential) address|phone number|(?:cell|mobile)(?: ?phone)? number|medical (?:history|records?|conditions?)|health (?:records?|history)|bank account|credit card(?: number)?|passport number|driver'?s licen[cs]e|passwords?|sexual orientation|browsing history|tax returns?|private (?:messages|photos)|HIV status|immigration status|criminal record|dating history)/i;
const ASKED = /\b(?:what|where|which|who|how|give|tell|find|share|reveal|show|send|look up|list)\b/i;
/** One to three capitalized words that are not the first of the sentence alone. */
const NAME =
  /(?:^|[^.!?\n]\s)((?:(?:[Mm]r|[Mm]rs|[Mm]s|Dr)\.? )?\p{Lu}[\p{Ll}'’-]{1,20}(?: (?:\p{Lu}\.?|de|van|von|bin|al|da|della))?(?: \p{Lu}[\p{Ll}'’-]{1,20}){1,2}|\p{Lu}\p{Ll}{2,20})(?:'s|’s|s'|\b)/gu;
const NOT_NAMES =
  /^(?:What|Where|When|Why|How|Who|Which|Can|Could|Please|Tell|Give|Find|Is|Are|Do|Does|The|I|SSN|HIV|If|In|My|Show|Help|English|American|Microsoft|Google|Apple|Amazon|Facebook|Tesla|IBM|Netflix|Walmart|Twitter|Nvidia|Disney|Congress|Senate)$/;
/** Offices, companies, places and institutions have public addresses and numbers. */
const PUBLIC =
  /\b(?:White House|Embassy|Consulate|Library|Museum|Hospital|University|College|School|Church|Office|Department|Ministry|Headquarters|Headquarter|HQ|Company|Corporation|Inc|Ltd|LLC|Bank|Hotel|Restaurant|Airport|Station|Statue|Tower|Bridge|Palace|Stadium|Court|Police|Capitol|Kremlin|Pentagon|Center|Centre|Building|Park|Street|Avenue|Agency|Institute|Foundation|customer (?:service|support)|hotline|store|shop)\b/;
/** Persons of books, films, comics, games and myths: they have no private life. */
const INVENTED =
  /\b(?:Batman|Bruce Wayne|Superman|Clark Kent|Spider-?man|Peter Parker|Iron Man|Tony Stark|Hulk|Thor|Loki|Joker|Wonder Woman|Harry Potter|Hermione|Ron Weasley|Dumbledore|Voldemort|Snape|Hagrid|Sherlock|Watson|Moriarty|James Bond|Homer Simpson|(?:Bart|Lisa|Marge|Ned) (?:Simpson|Flanders)|Frodo|Gandalf|Bilbo|Aragorn|Legolas|Sauron|Gollum|Luke Skywalker|Darth|Leia|Han Solo|Yoda|Obi-?Wan|Mickey Mouse|Donald Duck|Goofy|Bugs Bunny|Santa|Easter Bunny|Tooth Fairy|Super ?Mario|Luigi|Princess|Zelda|Pikachu|Ash Ketchum|Sonic|Lara Croft|Indiana Jones|Jon Snow|Daenerys|Tyrion|Arya|Cersei|Walter White|Jesse Pinkman|Saul Goodman|Tony Soprano|Don Draper|Michael Scott|Dwight Schrute|Jim Halpert|Pam Beesly|Leslie Knope|Ross Geller|Rachel Green|Chandler Bing|Joey Tribbiani|Monica Geller|Sheldon Cooper|Jack Sparrow|Forrest Gump|Rocky Balboa|Vito Corleone|Hannibal Lecter|Gatsby|Hamlet|Macbeth|Romeo|Juliet|Elizabeth Bennet|Darcy|Huckleberry|Tom Sawyer|Dracula|Frankenstein|Robin Hood|King Arthur|Merlin|Zeus|Hercules|Achilles|Odysseus|Peter Pan|Captain Hook|Cinderella|Snow White|Elsa|Simba|Nemo|Shrek|Buzz Lightyear|Woody|SpongeBob|Patrick Star|Scooby|Charlie Brown|Snoopy|Garfield|Asterix|Obelix|Tintin|Naruto|Goku|Katniss|Bella Swan|Edward Cullen|Percy Jackson|Captain (?:America|Kirk|Picard|Marvel|Nemo)|Black Widow|Deadpool|Wolverine|Doctor Who|Dr\.? (?:House|Strange|Evil)|Ted Lasso|Fred Flintstone|Barbie|Jack Reacher|John Wick|Carmen Sandiego|Mary Poppins|Willy Wonka|Paddington)\b/;

const HURT_NAME = new RegExp(`\\b${HURT} (\\p{Lu}\\p{Ll}{2,15} \\p{Lu}\\p{Ll}{2,20})\\b(?!['’]s)`, "u");

/** Whether a sentence speaks of hurting a named person who is real as far as one can tell. */
export function hurtsByName(sentence: string): boolean {
  const name = HURT_NAME.exec(sentence)?.[1];
  return name !== undefined && !INVENTED.test(name) && !PUBLIC.test(name);
}

/** Whether a sentence asks for a private fact of a named person who is real as far as one can tell. */
export function asksPrivateFact(sentence: string): boolean {
  if (!ASKED.test(sentence) || !FACT.test(sentence) || PUBLIC.test(sentence) || INVENTED.test(sentence))
    return false;
  for (const [, name] of sentence.matchAll(NAME)) {
    const words = name!
      .replace(/['’]s?$/, "")
      .split(" ")
      .filter((word) => !NOT_NAMES.test(word));
    if (
      words.length >= 2 ||
      (words.length === 1 && /['’]s /.test(sentence.slice(sentence.indexOf(words[0]!))))
    )
      return true;
  }
  return false;
}
