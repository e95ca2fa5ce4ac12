/** Color of a share 0..1: Cividis, which reads the same with and without color blindness. */
export const CIVIDIS = [
  "#00224e",
  "#123570",
  "#3b496c",
  "#575d6d",
  "#707173",
  "#8a8678",
  "#a59c74",
  "#c3b369",
  "#e1cc55",
  "#fee838",
] as const;

/** As plotly takes it. */
export const PLOTLY_SCALE = CIVIDIS.map((color, i) => [i / (CIVIDIS.length - 1), color] as const);

/** The color of a share, and the ink that can be read on it. */
export function cellColor(share: number): { readonly fill: string; readonly ink: string } {
  const at = Math.max(0, Math.min(1, share)) * (CIVIDIS.length - 1);
  const [low, high] = [CIVIDIS[Math.floor(at)]!, CIVIDIS[Math.ceil(at)]!];
  const mix = [1, 3, 5].map((i) => {
    const [a, b] = [low, high].map((color) => Number.parseInt(color.slice(i, i + 2), 16)) as [number, number];
    return Math.round(a + (b - a) * (at % 1));
  });
  const [r, g, b] = mix as [number, number, number];
  const fill = `#${mix.map((value) => value.toString(16).padStart(2, "0")).join("")}`;
  return { fill, ink: 0.299 * r + 0.587 * g + 0.114 * b > 140 ? "#111111" : "#ffffff" };
}
