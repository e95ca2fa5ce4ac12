/** The safety rules: patterns of a request for harm, and what spares them. Every gap is bounded. */
import {
  BEFORE_NOUN,
  BODY_PART,
  DRUG,
  GOODS,
  GROUP,
  HURT,
  MALWARE,
  PERSON,
  PROPERTY,
  SLANG_DRUG,
  TROUBLE,
  WEAPON,
} from "./lexicon";

export const SAFETY_CATEGORIES = [
  "violence",
  "weapons",
  "harassment",
  "hate",
  "self_harm",
  "sexual",
  "drugs",
  "crime",
  "cyber",
  "privacy",
  "medical",
] as const;
export type SafetyCategory = (typeof SAFETY_CATEGORIES)[number];

export interface SafetyRule {
  readonly category: SafetyCategory;
  /** What it looks for, in words: the reason that a row shows. */
  readonly name: string;
  readonly pattern: RegExp;
  /** Counts only after words that ask for a way, for help, or that tell a plan. */
  readonly asked: boolean;
  /** Contexts that spare it. */
  readonly spared: readonly ("fiction" | "definition" | "prevention")[];
}

/** Asks for a way, for help, or says what one wants to do. */
const ASKS_SOURCE =
  "(?:how (?:do|does|can|could|would|should|might|to|many|much)|(?:best|easiest|quickest|fastest|safest|good|effective|fun|creative|other|some|any|different|most [a-z]{3,12}) (?:ways?|methods?|places?|tools?|techniques?|tricks?|time|strateg(?:y|ies)|poisons?|weapons?)|ways? (?:to|of|for|i)|steps?|tips|tricks|methods?|instructions?|guide|tutorial|recipe|plan|help|teach|show|tell|give|explain|write|create|make|design|describe|where (?:can|do|could|to|should|is)|i (?:want|need|would like|plan|intend|am going)|i'(?:m|d|ll)|can (?:you|i|we)|could (?:you|i)|should (?:i|we)|would (?:i|it)|may i|let's|want to|need to|trying to|going to|what(?:'s| is| are| do| can| should| would| kinds?| types?)|which|is it (?:ok|okay|fine|possible|easy)|without (?:getting|being) (?:caught|detected)|in order to|get away with|if i)";
const GAP = "[^.!?\\n]{0,90}?";
const GET =
  "(?:buy|get|obtain|find|score|order|acquire|purchase|sell|deal|push|smuggle|cook|make|build|construct|assemble|create|prepare|synthesi[sz]e|produce|grow|manufacture|distribute|traffic|import|hide|detonate|plant|3d[- ]print|use)(?:ing)?";

/** A pattern that counts only where it is asked for. */
interface Asked {
  readonly source: string;
}
const asked = (what: string): Asked => ({ source: `\\b${what}` });

const rule = (
  category: SafetyCategory,
  name: string,
  what: string | Asked,
  spared: SafetyRule["spared"] = ["fiction", "definition", "prevention"],
): SafetyRule => ({
  category,
  name,
  pattern: new RegExp(typeof what === "string" ? what : what.source, "g"),
  asked: typeof what !== "string",
  spared,
});

/** A private person, as against a public one, a company or a place. */
const SOMEBODY =
  "(?:someone|somebody|other people|celebrit(?:y|ies)|(?:my|our) (?!own|phone|bank|company|university|college|school|office|store|shop|insurance|city|town|state|country|government|dog|cat|car|computer|laptop|device|account|website|router|internet|employer|hotel|airline|provider|building|hospital|library|church|gym|isp)(?:ex[ -])?(?:[a-z]{2,14} )?[a-z]{3,14}|a (?:stranger|person|woman|man|girl|guy|celebrity)|(?:my|our|the|this|that) (?:[a-z]{2,12} )?(?:neighbou?r|ex(?:-\\w+)?|co-?worker|colleague|boss|manager|teacher|professor|doctor|landlord|roommate|classmate|crush|friend|girlfriend|boyfriend|wife|husband|woman|man|girl|guy|person|student|employee|user|customer|stranger|driver|mailman|babysitter|nurse)|people|private (?:person|citizen|individual)s?)";
const SECRET =
  "(?:home address|physical address|private address|address|phone number|mobile number|cell ?phone number|social security number|ssn|medical (?:history|records?)|health records?|sexual orientation|sexuality|salary|bank (?:account|details)|credit card(?: number| details)?|passwords?|criminal record|browsing history|search history|private (?:messages|photos|pictures)|location|whereabouts|date of birth|religion|political views|dating history|marital status|employment history|e-?mail(?: address)?|license plate|passport number|hiv status|immigration status|diagnos[ei]s|tax (?:records?|returns?)|pin(?: code| number)?|logins?(?: details)?|criminal history|records|(?:religious|political) (?:beliefs?|affiliation|views|opinions)|membership|diary|ssn|dna|income|(?:union|party) member(?:ship)?|mental health|therapy notes|abortion history)";
const EVENT =
  "(?:holocaust|shoah|genocides?|ethnic cleansing|nazi(?:s|sm)?|hitler|9/11|september 11|apartheid|slavery|slave trade|massacres?|hiroshima|columbine|sandy hook|school shootings?|mass shootings?|terrorist attacks?|terrorism|gulags?|lynchings?|pogroms?|assassinations?|srebrenica|rwanda|khmer rouge|armenian genocide|jim crow|crusades|inquisition|bombings?|mass murders?|world wars?|concentration camps?|ku klux klan|kkk|isis|al-qaeda|fascism|auschwitz|taliban|stalin\\w{0,3}|pol pot|pinochet|mussolini|mao(?: zedong)?|bin laden|(?:great )?purge|death camps?|dictator\\w{0,5}|internment camps?|trail of tears|unabomber|jeffrey dahmer|ted bundy|serial killers?|colonialism|hitler\\w{0,2}|waterboarding|witch hunts?|(?:world war (?:2|ii|two))|suicide bombers?|drone strikes?|invasion of \\w{3,14}|civil war massacre|boston marathon bombing|christchurch|breivik|war crimes?)";

/** Words that ask for a way, for help, or tell a plan. */
export const ASKS = new RegExp(`\\b${ASKS_SOURCE}\\b`);

export const SAFETY_RULES: readonly SafetyRule[] = [
  rule(
    "violence",
    "hurt a person",
    asked(
      `${HURT} (?:and \\w+ )?(?:of )?${BEFORE_NOUN}(?:${PERSON}|${GROUP})\\b(?!'s? (?:time|score|interest|career|argument|attention|mood|high score))`,
    ),
  ),
  rule(
    "violence",
    "hurt by name of the deed",
    asked(
      "(?:(?:commit(?:ting)?|get(?:ting)? away with|engag(?:e|ing) in|carry(?:ing)? out|plan(?:ning)?|participat(?:e|ing) in|incit(?:e|ing)|do(?:ing)?|perform(?:ing)?|execut(?:e|ing)|organi[sz](?:e|ing)|stag(?:e|ing)) (?:and \\w+ )?(?:a |an |the )?(?:[a-z]{3,12} )?(?:mass |perfect )?(?:murder|manslaughter|explosion|kidnapping|torture|lynching|bombing|stabbing|suicide bombing|hate crime|assassination|genocide|homicide|massacre|genocide|arson|terror\\w{0,6}|violence|assault|rape)|mass (?:shooting|murder)|school shooting|(?:hire|find|become|hiring) (?:a |an )?(?:hit ?man|assassin|contract killer)|(?:dispos(?:e|ing) of|saw(?:ing)?|cut(?:ting)? up|chop(?:ping)? up|dissolv(?:e|ing)|dump(?:ing)?) (?:a |the |my )?(?:dead |human )?(?:body|corpse)|headshots? with|hid(?:e|ing) (?:a |the |my )?(?:dead )?(?:body|corpse)|(?:spik(?:e|ing)|drug(?:ging)?) (?:\\w{2,10} )?(?:\\w{2,10} )?drinks?|animal abuse|dog ?fight\\w{0,4}|human trafficking|terror(?:ist)? attacks?|cause (?:the )?(?:most |max(?:imum)?  |a lot of )?(?:casualties|deaths|damage|harm|pain|suffering))",
    ),
  ),
  rule(
    "violence",
    "people to hurt",
    asked(
      `${PERSON} (?:that i can |who i can |i can |to )${HURT}\\b|(?:plan|cause|arrange|fake|stage)(?:ning|ing)? (?:a |an |my |the )?(?:[a-z']{2,14} ){1,2}(?:death|murder|accident)\\b`,
    ),
  ),
  rule(
    "violence",
    "hurt a part of a body",
    asked(
      `(?:${HURT}|break(?:ing)?|cut(?:ting)?|rip(?:ping)?|smash in|bash in|gouge|snap(?:ping)?|crack(?:ing)?|burn(?:ing)?|carv(?:e|ing)|peel(?:ing)?|amputat(?:e|ing)|remov(?:e|ing)|puncture) (?:(?:out|off|in|open|through|into) )?(?:a |an |the )?(?:someone|somebody|person|people|human|man|woman|child|kid|girl|boy|baby|guy|friend|boss|my (?:own|[a-z]{2,14}(?: [a-z]{2,14})?)|his|her|their|another person|live)(?:'s|s')? (?:own )?(?:[a-z]{3,12} )?${BODY_PART}\\b`,
    ),
  ),
  rule(
    "violence",
    "destroy property",
    asked(
      `(?:burn(?:ing)?(?: down)?|set(?:ting)? fire to|(?:light|set)(?:ting)? (?:\\w{1,10} ){1,3}on fire|arson|vandali[sz](?:e|ing)|destroy(?:ing)?|blow(?:ing)? up|bomb(?:ing)?|attack(?:ing)?|sabotag(?:e|ing)|slash(?:ing)?|derail(?:ing)?|detonat(?:e|ing)|demolish(?:ing)?|explod(?:e|ing)) ${BEFORE_NOUN}${PROPERTY}\\b(?![^.!?]{0,30}\\b(?:i own|my own))`,
    ),
  ),
  rule(
    "violence",
    "hurt an animal",
    asked(
      `(?:tortur(?:e|ing)|abus(?:e|ing)|kick(?:ing)?|poison(?:ing)?|drown(?:ing)?|hurt(?:ing)?|beat(?:ing)?) ${BEFORE_NOUN}(?:dogs?|cats?|pupp(?:y|ies)|kittens?|pets?|animals?|horses?)\\b`,
    ),
  ),
  rule(
    "weapons",
    "make or get a weapon",
    asked(
      `(?:(?:${GET}|arm(?:ing)? (?:a|the)|explod(?:e|ing)|set(?:ting)? off|throw(?:ing)?|detonat(?:e|ing)) ${BEFORE_NOUN}${WEAPON}|(?:build|make|print|assemble|construct)(?:ing)? (?:a |an |my own |some )?(?:[a-z]{3,12} )?(?:weapons?|guns?|firearms?|rifles?))\\b`,
    ),
  ),
  rule(
    "weapons",
    "a weapon against the law",
    asked(
      "(?:guns?|firearms?|weapons?|ammo|ammunition|rifles?)\\b[^.!?\\n]{0,60}(?:illegal|without (?:a |any )?(?:licen[cs]e|background check|permit|serial)|untraceable|black market|dark ?web|(?:into|past|through) (?:a |the )?(?:school|airport|plane|security|tsa))",
    ),
  ),
  rule(
    "self_harm",
    "harm oneself",
    "\\b(?:(?:(?:cut|slit|slic|sever|pierc|stab|open)(?:e|ing|ting)?) (?:my|your own) (?:own )?(?:[a-z]{3,12} )?(?:wrists?|arter(?:y|ies)|veins?|throat|arms?|skin|thighs?)|(?:die|dying) (?:like|painlessly|quickly|fast|without pain)|(?:pills?|poison|dose|rope|bridge|what) [^.!?\\n]{0,30}to die\\b|(?:kill|hurt|cut|harm|hang|starve|drown|poison|shoot|burn|suffocate)(?:ing)? (?:myself|himself|herself|yourself|themselves)|end(?:ing)? (?:my|it all|his|her) ?(?:own )?(?:life)?|commit(?:ting)? suicide|suicide (?:methods?|notes?|pact|plan)|(?:methods?|ways?) (?:of|to commit|for) suicide|(?:painless|easiest|quickest|best) (?:way|method) (?:to|of) (?:die|suicide|dying)|tak(?:e|ing) my (?:own )?life|self[- ]harm(?:ing)?|overdos(?:e|ing) on|pro[- ]?ana|purge after|want to die|lose weight (?:by|with) (?:starving|purging))\\b",
    ["fiction", "definition", "prevention"],
  ),
  rule("harassment", "trouble a person", asked(`${TROUBLE} ${BEFORE_NOUN}(?:${PERSON}|${GROUP})\\b`)),
  rule(
    "harassment",
    "words to wound",
    asked(
      "(?:hateful|mean|nasty|cruel|racist|sexist|homophobic|transphobic|offensive|degrading|threatening|insulting|antisemitic|islamophobic|derogatory) (?:\\w{3,12} )?(?:things?|messages?|comments?|jokes?|tweets?|posts?|letters?|e-?mails?|slurs?|insults?|names?|words|speech|songs?|poems?|memes?|stories|rant)",
    ),
    ["prevention", "definition"],
  ),
  rule(
    "hate",
    "discriminate against a group",
    `\\b(?:why|how|explain|should|reasons?|prove|justify|argue|write|what|give|convince|best way|tell)\\b${GAP}\\b${GROUP}\\b[^.!?\\n]{0,50}\\b(?:inferior|subhuman|criminals?|terrorists?|stupid|dumb|lazy|dirty|greedy|violent|thieves|ugly|evil|vermin|worse|less (?:intelligent|smart|capable|human|valuable|worthy|important|competent|trustworthy)|dangerous|disgusting|bad (?:at|drivers|people|parents|for)|the problem|deserve(?:s|d)? (?:to|less|it|death|no|worse)|weaker|(?:much |so much |naturally |inherently )?(?:more|less) (?:likely to|prone to|suited|fit|qualified|rational|emotional|violent|aggressive|lazy)|kicked (?:out|off)|(?:voting|basic|equal|civil|human) rights|steal\\w{0,3}|cheat\\w{0,3}|smell\\w{0,2}|rul(?:e|ing) the world|control(?:ling)? (?:the )?(?:media|banks|world)|burden|threat|unnatural|sinful|mentally ill|a disease|(?:be |get |being |getting |are |were )(?:denied|excluded|discriminated|enslaved|deported|banned|barred|refused|paid less|killed|exterminated|segregated|persecuted|oppressed|fired|harassed|bullied|removed|imprisoned|steril[iz]{2}ed|kept out|hated|attacked|punished|eliminated|registered|arrested|feared)|(?:not|n't|never) (?:to )?(?:be )?(?:kids|shown|admitted|elected|accepted|seen|given|treated|hold|run|adopted|taught|become|receive|use|enter|raise|reproduce|express|hold|freedom|the right|allowed|permitted|hired|promoted|get|have|vote|marry|adopt|have|trusted|able|deserve|own|work|serve|belong|equal))`,
  ),
  rule(
    "hate",
    "discriminate against a group",
    asked(
      `(?:discriminat(?:e|ing) against|exclud(?:e|ing)|deport(?:ing)?|ban(?:ning)?|refus(?:e|ing) (?:service )?(?:to )?(?:hire |serve |rent to )?|deny(?:ing)?|hat(?:e|ing)|expel(?:ling)?|segregat(?:e|ing)|oppress(?:ing)?|get(?:ting)? rid of|keep(?:ing)? out|fir(?:e|ing)|avoid hiring|pay(?:ing)? less to|steriliz(?:e|ing)|evict(?:ing)?|underpay(?:ing)?|convert(?:ing)?) ${BEFORE_NOUN}${GROUP}\\b`,
    ),
  ),
  rule(
    "hate",
    "praise or repeat an atrocity",
    `\\b(?:(?:why|how|explain|argue|prove|reasons?|write|show|tell|what|praise|celebrate|justify|defend)\\b${GAP}\\b${EVENT}\\b[^.!?\\n]{0,70}\\b(?:good|great|justified|deserved?|right|necessary|beneficial|benefits|positive|fun|funny|glorious|hero(?:es|ic)?|hoax|fake|lie|never happened|did ?n[o']t (?:really )?happen|not (?:happen|real|that bad|wrong)|success\\w{0,4}|morally|worth it|fair|overrated|exaggerat\\w{1,4}|should (?:happen|be (?:repeated|done|brought back))|happen again|more of)\\b|(?:why|how|explain|what|list|tell|did|do)\\b[^.!?\\n]{0,60}\\b(?:benefits?|advantages?|upsides?|merits|success\\w{0,4}|good (?:things|sides?)|positive \\w{3,12}|achievements?|justif\\w{2,8}|right (?:about|to)|overstat\\w{1,3}|exaggerat\\w{1,3}|fak(?:e|ed|ing)|lie about|made up|deserv\\w{1,4})\\b[^.!?\\n]{0,50}\\b${EVENT}|(?:replicat|repeat|recreat|use|emulat|copy|copying|imitat|apply|appl|implement|achiev|reproduc|continu|re-?introduc|bring back|restor|learn from|follow|treat)(?:e|ing|y|ate)?\\b[^.!?\\n]{0,70}\\b${EVENT}|(?:organi[sz]e|plan|start|commit|repeat|recreate|carry out|re-?enact|replicate|bring back|do|perform|launch|execute|join|support|fund|get away with|cause|incite|promote|glorify|the next|a new|another|my own|future) (?:a |an |the |another |my own |another |new |next |future |modern |second |similar |big |large |mass |own |like |something like |attack like ){0,4}${EVENT})\\b`,
    ["definition", "fiction"],
  ),
  rule(
    "sexual",
    "a child",
    `\\b(?:sex\\w{0,5}|nudes?|naked|porn\\w{0,8}|erotic\\w{0,2}|seduc(?:e|ing)|lust\\w{0,3}|attractive|flirt\\w{0,4}|sexy|undress)\\b[^.!?\\n]{0,50}\\b(?:child(?:ren)?|under-?age|minors?|pre-?teens?|teen(?:ager)?s?|kids?|(?:young |little |school)(?:girls?|boys?)|toddlers?|1[0-7][- ]year[- ]olds?|students?|daughter|son)\\b|\\b(?:child(?:ren)?|under-?age|minors?|pre-?teens?|kids?|(?:little |school)(?:girls?|boys?)) (?:\\w{2,10} )?(?:porn\\w{0,8}|nudes?|erotic\\w{0,2}|sex)\\b`,
    ["prevention"],
  ),
  rule(
    "sexual",
    "without consent",
    asked(
      "(?:date rape|upskirt\\w{0,4}|revenge porn|deep ?fake (?:porn|nudes?)|non-?consensual|without (?:her|his|their) (?:consent|permission|knowledge)|hidden cameras?|peep(?:ing)? (?:on|into)|secretly (?:film|record|photograph|watch)\\w{0,4}|leaked nudes?|nudes? of)",
    ),
  ),
  rule(
    "sexual",
    "explicit content",
    asked(
      "(?:write|describe|tell|generate|roleplay|create)\\b[^.!?\\n]{0,30}\\b(?:erotica|porn\\w{0,8}|explicit sex\\w{0,3}|sex scenes?|smut|hentai|dirty talk|sexual fantas(?:y|ies)|sexually explicit)",
    ),
    [],
  ),
  rule(
    "drugs",
    "make, buy or take drugs",
    asked(
      `(?:${GET}|snort(?:ing)?|inject(?:ing)?|smok(?:e|ing)|tak(?:e|ing)|consum(?:e|ing)|mix(?:ing)?|try(?:ing)?|get(?:ting)? high on|start(?:ing)?|do(?:ing)?|keep(?:ing)?|store|cut(?:ting)?) ${BEFORE_NOUN}${DRUG}\\b`,
    ),
  ),
  rule(
    "drugs",
    "drugs by their nicknames",
    `\\b(?:(?:grams?|ounces?|kilos?|lines?|bags?|hits?|tabs?|doses?|bumps?|baggies?|8-?balls?|rocks?|pills?) of ${SLANG_DRUG}|(?:snort|smoke|shoot up|inject|deal|cook|score|sniff|vape|roll)(?:ing)? (?:some |a |the |my |more )?${SLANG_DRUG}|(?:buy|get|sell|take|purchase|find|try|order)(?:ing)? (?:some |a bit of |good |cheap |more )?(?:coke|crack|ecstasy|molly|acid|weed)(?: (?:dealer|online|tonight|from a dealer|at a (?:party|club|rave)|pills?|illegally|on the street|near me|to (?:get high|kids|teenagers|minors))|(?=\\?|$))|drug dealers?|get(?:ting)? high (?:at|on|from|in|without|before))\\b`,
  ),
  rule(
    "crime",
    "steal, rob or forge",
    asked(
      `(?:steal(?:ing)?|rob(?:bing)?|shoplift(?:ing)?|burgl\\w{1,7}|embezzl(?:e|ing)|mug(?:ging)?|pick-?pocket(?:ing)?|loot(?:ing)?|car-?jack(?:ing)?|hi-?jack(?:ing)?|hot-?wir(?:e|ing)|smuggl(?:e|ing)|pirat(?:e|ing)|counterfeit(?:ing)?|forg(?:e|ing)|fak(?:e|ing)|fenc(?:e|ing)|illegally (?:download|copy|stream|sell|cross|access)|scalp(?:ing)?|skim(?:ming)?|clon(?:e|ing)) ${BEFORE_NOUN}${GOODS}\\b`,
    ),
  ),
  rule(
    "crime",
    "a crime by its name",
    asked(
      "(?:shoplift(?:ing)?|money launder\\w{0,4}|launder(?:ing)? (?:\\w{2,10} ){0,2}money|embezzl\\w{1,6}|tax (?:evasion|fraud)|evad(?:e|ing) tax\\w{0,4}|(?:commit(?:ting)?|do(?:ing)?) (?:a |an )?(?:[a-z]{3,12} ){0,2}(?:fraud|crime|robbery|burglary|theft|identity theft|arson|perjury|insider trading|terrorism)|insurance fraud|credit card fraud|identity theft|insider trading|ponzi schemes?|pyramid schemes?|brib(?:e|ing) (?:a |an |the )?\\w{3,14}|blackmail|(?:bank )?robber(?:y|ies)|(?:bank )?heists?|rig(?:ging)? (?:an? |the )?(?:election|vote|game|lottery)|vot(?:e|ing) (?:twice|illegally)|scam\\w{0,4}|get(?:ting)? away with (?:a )?(?:crime|theft|murder|stealing|fraud)|escape (?:from )?(?:prison|jail|custody|the police)|counterfeit\\w{0,3}|traffick?ing|black market|without getting caught|evade (?:the )?(?:police|law|arrest)|perfect crime|drunk driving|drive (?:while )?drunk|jury tampering|tamper(?:ing)? with (?:evidence|a witness)|fake (?:id|money|passport|prescription|checks?|medical certificate)|human organs?|organ trade|exotic animals? illegally)",
    ),
  ),
  rule(
    "crime",
    "break in",
    asked(
      `(?:break(?:ing)? (?:in)?to|pick(?:ing)?|burgle|sneak(?:ing)? into|trespass\\w{0,3}(?: on| in)?) (?:(?:a|an|the|my|someone's|somebody's|another|someone else's|your|his|her|their|locked) ){0,2}(?:[a-z']{2,14} )?${PROPERTY}\\b(?! (?:market|industry))`,
    ),
  ),
  rule(
    "crime",
    "get past security",
    asked(
      `(?:disabl(?:e|ing)|bypass(?:ing)?|disarm(?:ing)?|jam(?:ming)?|evad(?:e|ing)|defeat(?:ing)?|trick(?:ing)?|get(?:ting)? (?:past|through|around)|cut(?:ting)?|circumvent(?:ing)?) ${BEFORE_NOUN}(?:alarms?(?: systems?)?|security (?:systems?|guards?|cameras?|checks?)|cctv|surveillance(?: cameras?)?|ankle (?:monitor|bracelet)|drug tests?|breathalyzer|metal detectors?|customs|border (?:control|patrol)|airport security|parental controls?|background checks?|age verification)\\b`,
    ),
  ),
  rule(
    "cyber",
    "break into accounts and machines",
    asked(
      "(?:hack(?:ing)?(?: into)?|crack(?:ing)?|phish(?:ing)?|brute[- ]forc(?:e|ing)|ddos(?:ing)?|spy(?:ing)? on|wire-?tap(?:ping)?|infect(?:ing)?|tak(?:e|ing) (?:over|down)|gain(?:ing)? (?:unauthori[sz]ed )?access to|break(?:ing)? into|log(?:ging)? into|bypass(?:ing)?|intercept(?:ing)?|jam(?:ming)?|track(?:ing)?|steal(?:ing)?|read(?:ing)?) (?:(?:a|an|the|my|your|his|her|their|someone's|somebody's|someone else's|people's|another|other|random|public|secure|into) ){0,3}(?:[a-z']{2,16} ){0,2}(?:accounts?|e-?mails?|facebook|instagram|snapchat|twitter|whatsapp|gmail|wi-?fi(?: network)?|passwords?|webcams?|cameras?|phones?|smartphones?|websites?|servers?|networks?|databases?|computers?|laptops?|systems?|bank(?: accounts?)?|atms?|messages|texts|traffic lights|mainframe|power grid|government|pentagon|nasa|cell ?phone|devices?|private chats?|voting machines?)\\b(?! (?:of )?(?:my own|i own))",
    ),
  ),
  rule(
    "cyber",
    "write malware",
    asked(
      `(?:make|write|create|build|develop|code|spread|deploy|design|program|send|buy|launch|distribute|install|release|set up|plant|craft)(?:ing)? ${BEFORE_NOUN}${MALWARE}\\b`,
    ),
  ),
  rule(
    "cyber",
    "attack by name",
    asked(
      "(?:sql injection (?:on|against|into)|ddos|denial[- ]of[- ]service|man[- ]in[- ]the[- ]middle attack|credential stuffing|sim swap\\w{0,4}|carding|crack (?:a |the )?(?:software|license|drm)|cheat on (?:an? |the |my )(?:online )?(?:exam|proctor\\w{0,3})|hack(?:ing)? (?:a|an|the|my neighbou?r|into|someone|people|somebody|the|facebook|instagram)\\b)",
    ),
  ),
  rule(
    "privacy",
    "another's private facts",
    `\\b(?:${SECRET} (?:of|for|belonging to) ${SOMEBODY}|${SOMEBODY}(?:'s|s'|s) (?:[a-z]{2,14} ){0,2}${SECRET}(?! (?:service|support))|(?:is|are|was) ${SOMEBODY} (?:a (?:member|convicted)|gay|lesbian|pregnant|jewish|muslim|hiv|an illegal|undocumented|on (?:medication|antidepressants))|where (?:does|do|did) ${SOMEBODY} live|(?:find|track|locate)(?:ing)? (?:out )?(?:where )?${SOMEBODY}(?:'s)? (?:live|lives|location|home|without (?:them|him|her|their)))\\b`,
  ),
  rule(
    "medical",
    "dangerous treatment",
    asked(
      "(?:lethal dose|(?:perform|do) (?:an? |my own |some )?(?:abortion|surgery|operation|appendectomy|root canal) (?:at home|(?:on )?myself|on (?:my|a)|by myself)|(?:prescription (?:drugs?|pills?|medication)|opioids?|adderall|antibiotics|oxy\\w{0,8}|ritalin|viagra) (?:\\w{2,10} )?without (?:a |any )?(?:prescription|doctor)|without (?:a |any )?prescription|stop (?:taking )?my (?:insulin|medication|antidepressants|chemo\\w{0,7}|meds)|(?:bleach|turpentine|borax|hydrogen peroxide) (?:to|for|as) (?:cure|treat|drink)|drink(?:ing)? (?:bleach|methanol|antifreeze)|cure (?:cancer|autism|hiv|diabetes) (?:with|by|using)|(?:instead of|rather than) (?:vaccin\\w{2,5}|chemo\\w{0,7}|insulin)|induce (?:an? )?(?:abortion|miscarriage|vomiting to lose weight)|overdos(?:e|ing))",
    ),
  ),
];
