/** Pupils into groups by a rule. Pure: chance is given. */

/** At most so many groups at a time: the server's limit. */
export const GROUPS_MAX = 40;

export interface Pupil {
  id: string;
  /** Null for somebody without a class. */
  classId: string | null;
}

/** So many groups, or groups of at most so many. */
export type Rule = { by: "number" | "size"; value: number; mixesClasses: boolean };

/** A number from 0 to below 1, as Math.random gives it. */
export type Chance = () => number;

/** How many groups a rule makes of so many pupils: no more than there are pupils for. */
export function countOfGroups({ by, value }: Rule, pupils: number): number {
  const wanted = by === "number" ? value : Math.ceil(pupils / value);
  return Math.max(1, Math.min(wanted, pupils, GROUPS_MAX));
}

/**
 * The pupils of each group, by chance. Classes mixed: of each class the groups get as many as each other, give or take
 * one, and so of all pupils. Classes by themselves: no group has pupils of two classes, if there are groups enough.
 */
export function arranged(pupils: readonly Pupil[], rule: Rule, chance: Chance): string[][] {
  const classes = shuffled(byClass(pupils), chance).map((ids) => shuffled(ids, chance));
  const count = countOfGroups(rule, pupils.length);
  const groups =
    rule.mixesClasses || classes.length > count
      ? dealt(classes.flat(), count)
      : shares(classes, count).flatMap((share, index) => dealt(classes[index] ?? [], share));
  return shuffled(groups, chance); // the first groups are not always the ones with one more
}

/** One after the other like cards: whoever follow each other are in different groups. */
function dealt(ids: readonly string[], count: number): string[][] {
  const groups: string[][] = Array.from({ length: count }, () => []);
  ids.forEach((id, index) => {
    groups[index % count]?.push(id);
  });
  return groups;
}

/** How many of `count` groups each class gets: at least one, and a further one where they are largest. */
function shares(classes: readonly string[][], count: number): number[] {
  const given = classes.map(() => 1);
  const sizeIn = (index: number) => (classes[index]?.length ?? 0) / (given[index] ?? 1);
  for (let left = count - classes.length; left > 0; left -= 1) {
    const largest = given.reduce(
      (most, _, index) => (sizeIn(index) > sizeIn(most) ? index : most),
      0,
    );
    given[largest] = (given[largest] ?? 0) + 1;
  }
  return given;
}

function byClass(pupils: readonly Pupil[]): string[][] {
  const classes = new Map<string | null, string[]>();
  for (const { id, classId } of pupils) {
    classes.set(classId, [...(classes.get(classId) ?? []), id]);
  }
  return [...classes.values()];
}

/** A copy in an order by chance (Fisher and Yates): each order is as likely as any other. */
function shuffled<T>(values: readonly T[], chance: Chance): T[] {
  const left = [...values];
  const mixed: T[] = [];
  while (left.length > 0) {
    mixed.push(...left.splice(Math.floor(chance() * left.length), 1));
  }
  return mixed;
}
