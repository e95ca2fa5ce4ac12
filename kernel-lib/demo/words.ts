/** Word lists of the demo text: everyday, neutral, written for this project. */

export const NAMES =
  "Amara Bao Carmen Dmitri Elif Farid Greta Hiro Ines Jonas Kavya Lars Mina Noor Oskar Priya Quentin Rosa Sven Tala Umar Vera Wanja Ximena Yusuf Zoe Adaeze Birgit Chidi Dolores Emre Fatou Goran Hana Ilse Jamal Kofi Leilani Mateo Nadia Olu Petra Rahul Saskia Tomas Ugo Violeta Wei Yara Zeno".split(
    " ",
  );

export const CITIES =
  "Porto Bergen Lagos Oaxaca Kyoto Tallinn Quito Hanoi Dakar Lyon Graz Izmir Cusco Pune Split Turku Accra Ghent Leeds Halifax Bilbao Busan Cork Davos Esbjerg Fes Gdansk Hobart Iasi Jaipur".split(
    " ",
  );

/** Plural things that are counted and priced. */
export const GOODS =
  "notebooks pencils lanterns teacups ropes tiles seedlings postcards candles batteries bicycles helmets pillows oranges melons loaves jars ribbons stamps kites drums brushes gloves ladders buckets stools mirrors whistles magnets puzzles".split(
    " ",
  );

export const CRAFTS =
  "bakery library workshop nursery foundry printing house brewery orchard shipyard museum pottery laboratory observatory greenhouse ferry line radio station school kitchen bookbinder quarry mill".split(
    " ",
  );

export const SUBJECTS =
  "the tide table|a cast iron pan|the night train|a wooden bridge|the public library|a beehive|the coastal fog|an old lighthouse|the river delta|a sourdough starter|the city tram|a paper map|the winter market|a rain garden|the glass factory|a school orchestra|the harbor crane|a community garden|the mountain hut|a weather balloon|the canal lock|a solar kiln|the archive|a test harness|the data catalog|a queue of jobs|the build server|a small database|the search index|a message broker".split(
    "|",
  );

export const VERBS =
  "changes|depends on|protects|slows down|explains|supports|limits|repeats|follows|improves|measures|records|shapes|replaces|balances|connects|filters|delays|predicts|simplifies".split(
    "|",
  );

export const OBJECTS =
  "the way people plan their day|the cost of repairs|the taste of the bread|how sound travels|the growth of young plants|the time a reader needs|the quality of the sample|the amount of stored water|the speed of delivery|the habits of migrating birds|the trust between neighbors|the number of failed attempts|the temperature of the room|the order of the records|the shape of the coastline|the memory a program needs|the noise of the engine|the price of a ticket|the length of the queue|the accuracy of the forecast".split(
    "|",
  );

export const REASONS =
  "because small errors add up over a season|since nobody checks it twice|as the records of earlier years show|when the weather turns|if the supply is steady|although the effect is hard to see at first|because the parts are made to the same measure|even where the ground is uneven|once the first hundred cases are known|as long as the rules stay simple|while the costs stay the same|because each step can be undone|when two teams share the work|since the load is never even|although experts disagree about the details|provided that the tools are kept clean".split(
    "|",
  );

export const OPENERS =
  "In practice,|In short,|To begin with,|As a rule,|On closer inspection,|For most readers,|Over time,|At first sight,|In a typical week,|Seen from outside,|By contrast,|Step by step,|For this reason,|In other words,|After a pause,|With some care,".split(
    "|",
  );

export const TOPICS =
  "tides|bread baking|bridge design|bird migration|city trams|rain water|paper making|honey bees|night trains|glass blowing|weather forecasts|map projections|school orchestras|harbor logistics|soil health|data pipelines|search engines|public libraries|bicycle repair|solar ovens|river locks|board games|watch making|tea ceremonies|volcanoes|coral reefs|sleep|memory|fair division|queueing".split(
    "|",
  );

export const ADJECTIVES =
  "quiet|narrow|bright|patient|careful|sturdy|modern|ancient|curious|gentle|precise|rough|steady|clever|plain|distant|early|late|simple|dense".split(
    "|",
  );

/** Whole sentences in other scripts, of everyday content. */
export const SENTENCES = {
  es: [
    "El mercado abre a las ocho y cierra cuando se acaba el pan.",
    "La biblioteca del barrio presta herramientas además de libros.",
    "Cada mañana el tranvía cruza el puente antes de que salga el sol.",
    "Mi abuela guardaba las semillas en frascos de vidrio azul.",
    "¿Cuántas personas caben en el barco si llueve toda la tarde?",
    "El agua del canal sube despacio y luego baja de golpe.",
  ],
  zh: [
    "图书馆每天早上九点开门，晚上八点关门。",
    "这座桥用了三年才修好，现在每天有很多自行车经过。",
    "请把答案写成一个整数，并说明你的计算步骤。",
    "春天的时候，河边的花园里有许多蜜蜂。",
    "如果下雨，市场就搬到车站旁边的大厅里。",
    "他把旧地图折好，放进了蓝色的盒子。",
  ],
  ar: [
    "تفتح المكتبة أبوابها في التاسعة صباحا وتغلق في المساء.",
    "يعبر القطار الجسر القديم قبل شروق الشمس كل يوم.",
    "اكتب الجواب كعدد صحيح واشرح خطوات الحساب.",
    "في الربيع تمتلئ الحديقة قرب النهر بالنحل والزهور.",
    "إذا نزل المطر انتقل السوق إلى القاعة الكبيرة.",
  ],
  emoji: [
    "Great news 🎉 the trams run again 🚋 and the market is open 🍊!",
    "Rain again ☔️ so we moved the picnic indoors 🏠🧺.",
    "The bees 🐝 love the new garden 🌻 — come and see 👩‍🌾!",
    "Train at 7 🚂, coffee first ☕, then the long bridge 🌉.",
  ],
} as const;

export type Language = "en" | keyof typeof SENTENCES;
