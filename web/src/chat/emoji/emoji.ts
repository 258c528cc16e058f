/**
 * The emoji that the picker offers: what pupils of 6 to 18 and their teachers have a use for.
 *
 * Left out on purpose: weapons, drugs, alcohol, gambling, hands that are rude somewhere, kisses, skulls and devils,
 * animals that children call each other, signs of religions, and people of one sex or one colour of skin. All are of
 * Emoji 12.1 (2019) or older, so that a school's computers have a drawing of them. Rows are of eight: EmojiGrid.tsx.
 */

export type EmojiGroup =
  | "faces"
  | "people"
  | "nature"
  | "food"
  | "activities"
  | "places"
  | "things"
  | "flags";

/** Their names and search words are Unicode's (CLDR), built in by tools/emoji-names.ts. */
export const PICTURES: Record<Exclude<EmojiGroup, "flags">, readonly string[]> = {
  faces: emoji`
    😀 😃 😄 😁 😆 😅 😂 🤣
    😊 🙂 😉 😇 🥰 😍 🤩 😋
    😜 🤗 🤭 🤔 😐 🙄 😬 😌
    😎 🤓 🧐 🥳 😴 🥱 😕 🙁
    😮 😳 🥺 😢 😭 😱 😓 😤
    😠 🤯 🤒 🤧 🥶 🤖 👻 😺`,
  people: emoji`
    👋 ✋ ✌️ 🤞 👈 👉 👆 👇
    👍 👏 🙌 👐 🤝 🙏 ✍️ 💪
    👀 👂 🧠 👣 🙋 🤷 🤦 💁
    👶 🧒 🧑 🧓 👪 🧑‍🏫 🧑‍🎓 🧑‍🔬
    🧑‍🎨 🧑‍🍳 🧑‍🚒 🧑‍🚀 🧑‍💻 🦸 🧙 🧚`,
  nature: emoji`
    🐶 🐱 🐭 🐹 🐰 🦊 🐻 🐼
    🐨 🐯 🦁 🐸 🐔 🐧 🐦 🦉
    🐴 🦄 🐝 🦋 🐌 🐞 🐢 🐙
    🐠 🐬 🐳 🦒 🦔 🐿️ 🐑 🦕
    🌱 🌲 🌳 🍀 🍂 🌷 🌻 🌸
    🌍 🌙 ⭐ ☀️ ⛅ 🌧️ ❄️ ⛄
    🌈 🌊 🔥 💧 🌪️ ⚡ 🪐 🍄`,
  food: emoji`
    🍎 🍐 🍊 🍋 🍌 🍉 🍇 🍓
    🍒 🥝 🍅 🥕 🌽 🥔 🥦 🥜
    🍞 🥐 🥖 🥨 🧀 🥚 🥞 🥪
    🍕 🍝 🥗 🍲 🍚 🥟 🍿 🍦
    🍩 🍪 🎂 🍫 🍯 🥛 🍵 🧃`,
  activities: emoji`
    📚 📖 ✏️ 🖍️ 📝 📐 📏 ✂️
    📎 📌 🎒 🏫 🔬 🔭 🧪 🧮
    🎨 🎭 🎬 🎤 🎧 🎵 🎹 🎸
    🎻 🥁 🎺 🧩 🎮 🪁 ⚽ 🏀
    🏐 🎾 🏓 🏸 🚴 🏃 🏊 ⛸️
    🏆 🥇 🏅 🎉 🎈 🎁 🎊 🎄`,
  places: emoji`
    🏠 🏡 🏢 🏥 🏛️ 🏰 🌉 🌆
    🏞️ ⛰️ 🌋 🏖️ 🏕️ 🎡 🎪 🗼
    🚗 🚌 🚲 🛴 🚂 🚆 🚇 🚊
    ✈️ 🚀 🚁 ⛵ 🚢 🚦 🗺️ 🧭`,
  things: emoji`
    ❤️ 🧡 💛 💚 💙 💜 💔 ✨
    💡 💬 💭 ✅ ❌ ❓ ❗ 💯
    ➕ ➖ ➗ ✖️ ♻️ ⚠️ ⏰ ⏳
    📅 🔍 🔑 🔒 🔔 📷 🎥 💻
    📱 ☎️ ✉️ 📢 🔗 ⬆️ ➡️ ⬇️
    ⬅️ 🔄 🔴 🟠 🟡 🟢 🔵 🟣
    🕊️ ☂️ 👓 👕 🧦 👟 🧢 🧸`,
};

/** Whose flags there are: the countries of rooms/data/countries.json, in that order, by ISO 3166-1 alpha-2. */
export const FLAG_COUNTRIES: readonly string[] =
  `AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK
  CH IS LI NO AL BA ME MK RS TR AM AZ GE JO LB MD TN UA`.split(/\s+/);

function emoji({ raw: [text = ""] }: TemplateStringsArray): readonly string[] {
  return text.trim().split(/\s+/);
}
