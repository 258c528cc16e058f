import { flagOf } from "./places";

/** How many class colours there are; further classes use them again, with their own flag and name. */
const CLASS_COLOURS = 6;

export function classColour(number: number | null): string {
  return number === null ? "none" : String((number % CLASS_COLOURS) + 1);
}

interface AvatarProps {
  name: string;
  /** The number of the class in the project. */
  classNumber: number | null;
  country: string | null;
  isHere?: boolean;
}

/** The initials of a person in the colour of their class, with its flag. Decoration: the name stands beside it. */
export function Avatar({ name, classNumber, country, isHere }: AvatarProps) {
  return (
    <span
      className="avatar"
      data-class-colour={classColour(classNumber)}
      data-here={isHere}
      aria-hidden="true"
    >
      {initials(name)}
      {country !== null && <span className="avatar__flag">{flagOf(country)}</span>}
    </span>
  );
}

function initials(name: string): string {
  const words = name.split(/[\s-]+/u).filter((word) => word !== "");
  const first = words[0] ?? "?";
  const last = words.length > 1 ? words.at(-1) : undefined;
  return `${firstLetter(first)}${last === undefined ? "" : firstLetter(last)}`;
}

function firstLetter(word: string): string {
  return ([...word][0] ?? "").toLocaleUpperCase();
}
