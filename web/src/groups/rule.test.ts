import { describe, expect, it } from "vitest";
import { arranged, type Chance, countOfGroups, GROUPS_MAX, type Pupil, type Rule } from "./rule";

/** Numbers that look like chance and are the same in every run (mulberry32). */
function chanceFrom(seed: number): Chance {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

interface Lesson {
  pupils: Pupil[];
  rule: Rule;
  seed: number;
}

const LESSONS_TRIED = 400;
const CLASSES_MAX = 5;
const CLASS_PUPILS_MAX = 30;

/** Lessons of all kinds: none to many pupils of one class or several, all rules. */
const LESSONS: Lesson[] = Array.from({ length: LESSONS_TRIED }, (_, seed) => {
  const chance = chanceFrom(seed);
  const upTo = (max: number) => Math.floor(chance() * (max + 1));
  const classes = Array.from({ length: 1 + upTo(CLASSES_MAX - 1) }, () => upTo(CLASS_PUPILS_MAX));
  const pupils = classes.flatMap((count, number) =>
    Array.from({ length: count }, (_, index) => ({
      id: `${number}-${index}`,
      classId: number === CLASSES_MAX - 1 ? null : `c${number}`,
    })),
  );
  const by = chance() < 0.5 ? "number" : "size";
  return { pupils, seed, rule: { by, value: 1 + upTo(11), mixesClasses: chance() < 0.5 } };
});

function spread(numbers: readonly number[]): number {
  return numbers.length === 0 ? 0 : Math.max(...numbers) - Math.min(...numbers);
}

function drawn({ pupils, rule, seed }: Lesson): string[][] {
  return arranged(pupils, rule, chanceFrom(seed));
}

function classIn(pupils: readonly Pupil[]): Map<string, string | null> {
  return new Map(pupils.map(({ id, classId }) => [id, classId]));
}

describe("groups by rule, in any lesson", () => {
  it("puts everybody into one group, and nobody else", () => {
    for (const lesson of LESSONS) {
      const ids = lesson.pupils.map(({ id }) => id);
      expect(drawn(lesson).flat().sort()).toEqual(ids.sort());
    }
  });

  it("makes as many groups as the rule says, none of them empty", () => {
    for (const lesson of LESSONS) {
      const groups = drawn(lesson);
      expect(groups.length).toBe(countOfGroups(lesson.rule, lesson.pupils.length));
      expect(groups.every((group) => group.length > 0)).toBe(lesson.pupils.length > 0);
    }
  });

  it("mixes the classes: sizes differ by at most one, and so do the pupils of each class", () => {
    for (const lesson of LESSONS.filter(({ rule }) => rule.mixesClasses)) {
      const groups = drawn(lesson);
      const known = classIn(lesson.pupils);
      expect(spread(groups.map((group) => group.length))).toBeLessThanOrEqual(1);
      for (const of of new Set(known.values())) {
        const counts = groups.map((group) => group.filter((id) => known.get(id) === of).length);
        expect(spread(counts)).toBeLessThanOrEqual(1);
      }
    }
  });

  it("keeps classes by themselves when there are groups enough, each class in groups of a size", () => {
    let tried = 0;
    for (const lesson of LESSONS.filter(({ rule }) => !rule.mixesClasses)) {
      const groups = drawn(lesson);
      const known = classIn(lesson.pupils);
      const classes = new Set(known.values());
      if (classes.size <= groups.length) {
        tried += 1;
        const ofGroups = groups.map((group) => [...new Set(group.map((id) => known.get(id)))]);
        expect(ofGroups.every((found) => found.length <= 1)).toBe(true);
        for (const of of classes) {
          const sizes = groups
            .filter((_, i) => ofGroups[i]?.[0] === of)
            .map(({ length }) => length);
          expect(spread(sizes)).toBeLessThanOrEqual(1);
        }
      }
    }
    expect(tried).toBeGreaterThan(LESSONS_TRIED / 10);
  });

  it("makes no group larger than it was asked for, unless there would be too many", () => {
    for (const lesson of LESSONS.filter(({ rule }) => rule.by === "size" && rule.mixesClasses)) {
      const largest = Math.max(0, ...drawn(lesson).map(({ length }) => length));
      const fits = lesson.pupils.length <= lesson.rule.value * GROUPS_MAX;
      expect(largest <= lesson.rule.value || !fits).toBe(true);
    }
  });
});

describe("chance", () => {
  const pupils = Array.from({ length: 24 }, (_, i) => ({
    id: `p${i}`,
    classId: i < 12 ? "fr" : "pl",
  }));
  const rule: Rule = { by: "size", value: 4, mixesClasses: true };

  it("draws other groups each time", () => {
    const draws = new Set(
      Array.from({ length: 20 }, (_, seed) =>
        JSON.stringify(arranged(pupils, rule, chanceFrom(seed))),
      ),
    );
    expect(draws.size).toBe(20);
  });

  it("lets any two pupils of different classes meet sooner or later", () => {
    const met = new Set<string>();
    for (let seed = 0; seed < 300; seed += 1) {
      const own = arranged(pupils, rule, chanceFrom(seed)).find((group) => group.includes("p0"));
      for (const id of own ?? []) {
        met.add(id);
      }
    }
    expect(met.size).toBe(pupils.length);
  });
});

describe("how many groups", () => {
  const rule = (by: Rule["by"], value: number): Rule => ({ by, value, mixesClasses: true });

  it("is what was asked for, but not more than pupils or than the server takes", () => {
    expect(countOfGroups(rule("number", 6), 24)).toBe(6);
    expect(countOfGroups(rule("number", 6), 4)).toBe(4);
    expect(countOfGroups(rule("size", 4), 24)).toBe(6);
    expect(countOfGroups(rule("size", 4), 25)).toBe(7);
    expect(countOfGroups(rule("size", 2), 500)).toBe(GROUPS_MAX);
    expect(countOfGroups(rule("size", 4), 0)).toBe(1);
  });
});
