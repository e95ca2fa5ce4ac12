/** English words that say nothing of what a text is about. */
export const STOP_WORDS: ReadonlySet<string> = new Set(
  (
    "a about above after again all also am an and any are as at be because been before being below between both but by " +
    "can could did do does doing done down during each else even few for from further had has have having he her here " +
    "hers him his how i if in into is it its itself just let like ll may me might more most must my no nor not now of " +
    "off on once one only or other our out over own please re s same shall she should so some such t than that the " +
    "their them then there these they this those through to too two under until up upon us ve very was we were what when " +
    "where which while who whom why will with would you your yours d m"
  ).split(" "),
);
