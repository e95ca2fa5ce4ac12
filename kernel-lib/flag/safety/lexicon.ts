/** Words that the safety rules are made of, as parts of patterns. All lower case; see `matchText`. */

const any = (...words: string[]) => `(?:${words.join("|")})`;

export const PERSON = any(
  ..."someone|somebody|anyone|anybody|everyone|everybody|people|persons?|humans?|human beings?|man|men|woman|women|children|child|kids?".split(
    "|",
  ),
  ..."toddlers?|bab(?:y|ies)|infants?|girls?|boys?|guys?|girlfriends?|boyfriends?|neighbou?rs?|wife|wives|husbands?|spouse|partner|ex".split(
    "|",
  ),
  ..."mother|father|mom|mum|dad|parents?|brother|sister|siblings?|son|daughter|uncle|aunt|cousin|grandm\\w{2,6}|grandf\\w{2,6}|in-laws?".split(
    "|",
  ),
  ..."friends?|boss|manager|co-?workers?|colleagues?|teachers?|professor|classmates?|students?|roommates?|flatmate|landlord|tenants?|cops?".split(
    "|",
  ),
  ..."police(?: officers?)?|officers?|soldiers?|politicians?|president|prime minister|senator|judge|celebrit(?:y|ies)|strangers?|passers-?by".split(
    "|",
  ),
  ..."him|them|myself|himself|herself|themselves|yourself|crowds?|famil(?:y|ies)|enem(?:y|ies)|rivals?|victims?|employees?|customers?|workers?".split(
    "|",
  ),
  ..."civilians?|refugees?|im?migrants?|homeless|prostitutes?|patients?|pedestrians?|protesters?|hostages?|driver|nurse|doctor|elderly|tourists?|individuals?|(?!checklist|playlist|wishlist)[a-z]{4,12}(?:ist|ian)s?|humanity|mankind|dead bod(?:y|ies)|corpses?|(?:human|living) (?:beings?|bod(?:y|ies))|peers?|grandparents?|relatives?|orphans?|preschoolers?|teenagers?|teens|adults?|mayor|governor|celeb|streamer|youtuber|journalists?|activists?|witness(?:es)?|audience|members?|populations?|toddler".split(
    "|",
  ),
);

export const GROUP = any(
  "(?!some |most |other |many |more |these |those |young |which |what |do |that |make |help |stop |when |how |all |few |normal |good |bad |certain |different )[a-z-]{4,14} (?:people|persons|folks|couples|women|men)",
  "people (?:on|with|of|from|in|who are|that are) [a-z-]{2,20}|non-?binary|asexuals?|bisexuals?|introverts|single mothers?|christianity|islam|judaism",
  ..."(?:black|white|brown|asian|african|hispanic|latino|latina|arab|jewish|muslim|christian|hindu|indian|chinese|mexican|gay|lesbian|queer|trans(?:gender)?|bisexual|disabled|deaf|blind|autistic|fat|obese|overweight|old|poor|homeless|native|indigenous|roma|foreign) (?:people|persons?|men|women|man|woman|folks?|kids?|children|students?|workers?|employees?|community|americans?|couples?)".split(
    "~",
  ),
  ..."jews?|muslims?|christians?|catholics?|hindus?|sikhs?|buddhists?|atheists?|blacks|whites|asians?|africans?|arabs?|mexicans?|latin[oax]s?|hispanics?|gays?|lesbians?|homosexuals?".split(
    "|",
  ),
  ..."lgbtq?\\+?(?: people)?|trans(?:gender)? (?:people|women|men|kids)|women|females?|immigrants?|refugees?|migrants?|gyps(?:y|ies)|roma|foreigners|the (?:disabled|elderly|poor|homeless)|minorities|people (?:with|of) \\w{3,20}".split(
    "|",
  ),
  ..."germans?|poles|polish people|romanians?|russians?|ukrainians?|turks?|pakistanis?|indians?|chinese|japanese|koreans?|vietnamese|filipinos?|nigerians?|somalis?|syrians?|palestinians?|israelis?|iranians?|afghans?|irish|italians?|albanians?|americans?|europeans?".split(
    "|",
  ),
);

/** Verbs that hurt a person when a person is their object. */
export const HURT = any(
  ..."kill(?:ing)?|murder(?:ing)?|assassinat(?:e|ing)|stab(?:bing)?|shoot(?:ing)?|strangl(?:e|ing)|suffocat(?:e|ing)|chok(?:e|ing)|drown(?:ing)?|poison(?:ing)?".split(
    "|",
  ),
  ..."behead(?:ing)?|decapitat(?:e|ing)|tortur(?:e|ing)|beat(?:ing)?(?: up)?|hurt(?:ing)?|harm(?:ing)?|injur(?:e|ing)|attack(?:ing)?|assault(?:ing)?|punch(?:ing)?|slap(?:ping)?".split(
    "|",
  ),
  ..."bash(?:ing)?|maim(?:ing)?|mutilat(?:e|ing)|kidnap(?:ping)?|abduct(?:ing)?|rap(?:e|ing)|molest(?:ing)?|grop(?:e|ing)|lynch(?:ing)?|slaughter(?:ing)?|massacr(?:e|ing)".split(
    "|",
  ),
  ..."execut(?:e|ing)|electrocut(?:e|ing)|run over|blow(?:ing)? up|bomb(?:ing)?|set fire to|burn(?:ing)?|hang(?:ing)?|terminat(?:e|ing)|eliminat(?:e|ing)|liquidat(?:e|ing)".split(
    "|",
  ),
  ..."exterminat(?:e|ing)|overpower(?:ing)?|tak(?:e|ing) out|knock(?:ing)? out|smash(?:ing)?|crush(?:ing)?|butcher(?:ing)?|wound(?:ing)?|cripple|drug(?:ging)?|gas(?:sing)?|annihilat(?:e|ing)|whip(?:ping)?|skin(?:ning)?|cut(?:ting)? up|chop(?:ping)? up|push(?:ing)? (?:down|off)|slay(?:ing)?|throttl(?:e|ing)|snip(?:e|ing)|gut(?:ting)?|hunt(?:ing)?(?: down)?|wip(?:e|ing) out|eradicat(?:e|ing)|dismember(?:ing)?|disembowel(?:ing)?|bludgeon(?:ing)?|impal(?:e|ing)|garrot(?:e|ing)|eutha?ni[sz](?:e|ing)|hit(?:ting)?|kick(?:ing)?|stomp(?:ing)?(?: on)?|batter(?:ing)?|pummel(?:ing)?|thrash(?:ing)?|scald(?:ing)?|sever(?:ing)?|slit(?:ting)?|slic(?:e|ing)|saw(?:ing)?|finish(?:ing)? off|do(?:ing)? away with|get(?:ting)? rid of|tak(?:e|ing) down|silenc(?:e|ing)|mow(?:ing)? down|bury(?:ing)? alive|ambush|neutrali[sz](?:e|ing)|devour(?:ing)?|roast(?:ing)? alive|sacrific(?:e|ing)|starv(?:e|ing)|pierc(?:e|ing)|shatter(?:ing)?|crack(?:ing)? open|deport(?:ing)?|ambush(?:ing)?|destroy(?:ing)?|explod(?:e|ing)|traffick?(?:ing)?|enslav(?:e|ing)|imprison(?:ing)?".split(
    "|",
  ),
);

/** Verbs that trouble a person. */
export const TROUBLE = any(
  ..."bully(?:ing)?|cyberbully(?:ing)?|harass(?:ing)?|stalk(?:ing)?|dox+(?:x?ing)?|humiliat(?:e|ing)|blackmail(?:ing)?|threaten(?:ing)?|intimidat(?:e|ing)|insult(?:ing)?|mock(?:ing)?".split(
    "|",
  ),
  ..."ridicul(?:e|ing)|mak(?:e|ing) fun of|discriminat(?:e|ing) against|spread(?:ing)? (?:lies|rumou?rs) about|manipulat(?:e|ing)|gaslight(?:ing)?|groom(?:ing)?|exploit(?:ing)?|scam(?:ming)?|con(?:ning)?|swindl(?:e|ing)|defraud(?:ing)?|frame|sabotag(?:e|ing)|spy(?:ing)? on|extort(?:ing)?|coerc(?:e|ing)|cat-?fish(?:ing)?|impersonat(?:e|ing)|demean(?:ing)?|torment(?:ing)?|get(?:ting)? rid of|lynch|troll(?:ing)?".split(
    "|",
  ),
);

/** Words that may stand between a verb and its object. */
export const BEFORE_NOUN =
  "(?:(?:a|an|in|the|my|your|his|her|their|our|this|that|these|those|some|all|every|any|other|another|as many|many|more|most|lots of|a lot of|a group of|large|entire|whole|own|of|two|several|innocent|random|local|annoying|old|young|little|small|new) ){0,4}(?:(?!(?:at|in|on|to|from|with|for|by|near|about|after|before|during|while|and|or|is|are|using|without|like|as|than|when|if|because|between) )[a-z'-]{2,14} ){0,2}";

/** Substances that are drugs whatever the context. */
export const DRUG = any(
  ..."cocaine|crack cocaine|heroin|(?:crystal )?meth|methamphetamines?|amphetamines?|lsd|mdma|fentanyl|ketamine|pcp|ghb|rohypnol|roofies|opium|psilocybin|magic mushrooms|shrooms|dmt|xanax|oxycontin|oxycodone|marijuana|cannabis|hashish|steroids|illegal drugs|hard drugs|date rape drugs?|party drugs|ecstasy pills?|street drugs|drugs".split(
    "|",
  ),
);
/** Words that mean a drug only in company. */
export const SLANG_DRUG = "(?:coke|crack|weed|ecstasy|acid|molly|smack|hash)";

export const WEAPON = any(
  ..."(?:pipe |nail |dirty |fertili[sz]er |car |petrol |gas |homemade |home-made |nuclear |atomic |pressure cooker |chemical |time |suicide |letter |mail )?bombs?|explosives?|molotov(?: cocktails?)?|hand grenades?|grenades?|napalm|ieds?|land ?mines?|thermite|c4|tnt|dynamite".split(
    "|",
  ),
  ..."nerve (?:gas|agents?)|mustard gas|sarin|ricin|anthrax|bio-?weapons?|biological weapons?|chemical weapons?|ghost guns?|untraceable (?:gun|firearm|weapon)s?|illegal (?:gun|firearm|weapon)s?|machine guns?|silencers?|suppressors?|poison(?: gas)?|cyanide|strychnine|unregistered (?:gun|firearm)s?|3d[- ]printed guns?|explosive devices?".split(
    "|",
  ),
);

export const MALWARE =
  "(?:malware|ransomware|(?:computer )?virus(?:es)?|key-?loggers?|trojans?|computer worms?|botnets?|rootkits?|spyware|phishing (?:e-?mails?|pages?|sites?|campaigns?|kits?|messages?|attacks?)|ddos(?: attacks?)?|denial[- ]of[- ]service(?: attacks?)?|exploit kits?|backdoors?|credential stealers?)";

/** Places and things that are attacked, broken into or burned. */
export const PROPERTY =
  "(?:houses?|homes?|apartments?|flats?|buildings?|schools?|churche?s?|mosques?|synagogues?|temples?|cars?|vehicles?|trucks?|tires|stores?|shops?|supermarkets?|malls?|warehouses?|offices?|property|hospitals?|airports?|(?:air)?planes?|aircraft|trains?|stations?|bridges?|dams?|power (?:grids?|plants?|lines?)|windows?|embass(?:y|ies)|stadiums?|hotels?|clubs?|nightclubs?|cit(?:y|ies)|towns?|government|capitol|white house|parliament|monuments?|statues?|museums?|safes?|vaults?|lockers?|(?:front )?doors?|locks?|forests?|crops)";

/** Things that are stolen or forged. */
export const GOODS =
  "(?:money|cash|cars?|bikes?|bicycles?|motorcycles?|wallets?|purses?|handbags?|phones?|i?phones?|laptops?|jewel\\w{1,5}|watch(?:es)?|credit cards?|debit cards?|identit(?:y|ies)|data|passwords?|packages?|mail|goods|clothes|food|candy|groceries|alcohol|paintings?|art|stuff|things|items?|merchandise|medicine|medication|drugs|banks?|stores?|shops?|jewel(?:le)?ry|museums?|atms?|cash registers?|old lad(?:y|ies)|tourists?|gas|electricity|cable|wi-?fi|software|checks?|cheques?|bank notes?|banknotes|bills|ids?|id cards?|passports?|documents?|signatures?|prescriptions?|diplomas?|certificates?|visas?|tax returns?|receipts?|licen[cs]es?|secrets|intellectual property|from (?:a|an|my|the|your) [a-z]{3,15})";

/** Parts of a body that are hurt. */
export const BODY_PART =
  "(?:skulls?|heads?|throats?|arter(?:y|ies)|veins?|necks?|face|wrists?|spines?|ribs?|bones?|eyes?|limbs?|legs?|arms?|fingers?|fingernails|teeth|knees?|jaw|nose|organs?|kidneys?|liver|genitals|ears?|stomach|brains?|blood)";
