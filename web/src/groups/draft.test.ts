import { describe, expect, it } from "vitest";
import type { RoomView } from "../protocol/generated";
import {
  type Draft,
  draftOf,
  isSame,
  moved,
  redrawn,
  renamed,
  ungrouped,
  wanted,
  withOneMore,
} from "./draft";
import { GROUPS_MAX } from "./rule";

const nameOf = (number: number) => `Group ${number}`;

function room(id: string, changes: Partial<RoomView> = {}): RoomView {
  const plain = { open: true, locked: [], boards: [], group: null, circle: null };
  return { id, kind: "group-room", name: `Room ${id}`, ...plain, ...changes };
}

const DRAFT: Draft = [
  { key: "oder", room: "oder", name: "Oder", number: null, members: ["zoe", "jan"] },
  { key: "new-2", room: null, name: " Loire ", number: null, members: ["leo"] },
];

describe("groups before they are sent", () => {
  it("begin with those that there are", () => {
    const rooms = [
      room("hall"),
      room("oder", { group: ["zoe"] }),
      room("loire", { name: "Groupe 2", group_number: 2 }),
    ];
    const groups = { origin: "hall", rooms: ["oder", "loire", "unknown"], on: true };
    expect(draftOf(groups, rooms)).toEqual([
      { key: "oder", room: "oder", name: "Room oder", number: null, members: ["zoe"] },
      { key: "loire", room: "loire", name: "Groupe 2", number: 2, members: [] },
    ]);
  });

  it("keep their rooms and names when they are drawn anew", () => {
    const lists = [["leo"], ["zoe"], ["jan"]];
    expect(redrawn(DRAFT, lists, nameOf)).toEqual([
      { ...DRAFT[0], members: ["leo"] },
      { ...DRAFT[1], members: ["zoe"] },
      { key: "new-3", room: null, name: "Group 3", number: 3, members: ["jan"] },
    ]);
    expect(redrawn(DRAFT, [["leo"]], nameOf)).toHaveLength(1);
  });

  it("take one more, of a name that no other has, up to the server's limit", () => {
    const [, , third] = withOneMore(DRAFT, nameOf);
    expect(third).toEqual({ key: "new-3", room: null, name: "Group 3", number: 3, members: [] });
    const [, , other] = withOneMore(DRAFT, (number) => (number === 3 ? "Oder" : nameOf(number)));
    expect(other?.name).toBe("Group 4");
    const counted = DRAFT.map((group) => ({ ...group, name: "Groupe 3", number: 3 }));
    expect(withOneMore(counted, nameOf)[2]?.number).toBe(4);
    const full = redrawn(
      [],
      Array.from({ length: GROUPS_MAX }, () => []),
      nameOf,
    );
    expect(withOneMore(full, nameOf)).toBe(full);
  });

  it("are not counted any more once the teacher has given them a name", () => {
    const [, , third] = renamed(withOneMore(DRAFT, nameOf), "new-3", "Rhône");
    expect(third).toEqual({ key: "new-3", room: null, name: "Rhône", number: null, members: [] });
    expect(renamed(DRAFT, "new-3", "Rhône")).toEqual(DRAFT);
  });

  it("let pupils be moved, in or out", () => {
    expect(moved(DRAFT, ["jan"], "new-2").map(({ members }) => members)).toEqual([
      ["zoe"],
      ["leo", "jan"],
    ]);
    expect(moved(DRAFT, ["jan", "leo"], null).map(({ members }) => members)).toEqual([["zoe"], []]);
    expect(moved(DRAFT, ["ola"], "oder")[0]?.members).toEqual(["zoe", "jan", "ola"]);
  });

  it("know who is in none of them", () => {
    expect(ungrouped(DRAFT, ["zoe", "ola", "leo", "kim"])).toEqual(["ola", "kim"]);
  });

  it("are the same only with the same pupils in the same rooms", () => {
    const one = DRAFT.slice(0, 1);
    expect(isSame(one, moved(one, ["zoe"], "oder"))).toBe(true);
    expect(isSame(one, moved(one, ["zoe"], null))).toBe(false);
    expect(isSame(one, moved(one, ["leo"], "oder"))).toBe(false);
    expect(isSame(one, [])).toBe(false);
    expect(isSame(DRAFT, DRAFT)).toBe(false); // one gets a new room
  });
});

describe("groups as they are sent", () => {
  it("go on in their rooms, or get new ones", () => {
    expect(wanted(DRAFT, [room("oder")])).toEqual([
      { room: "oder", name: null, members: ["zoe", "jan"] },
      { room: null, name: "Loire", number: null, members: ["leo"] },
    ]);
  });

  it("get a new room where an earlier group wrote who were others", () => {
    const rooms = (circle: string[]) => [room("oder", { circle })];
    expect(wanted(DRAFT, rooms(["jan", "kim", "zoe"]))[0]?.room).toBe("oder");
    expect(wanted(DRAFT, rooms(["zoe"]))[0]).toEqual({
      room: null,
      name: "Oder",
      number: null,
      members: ["zoe", "jan"],
    });
  });

  it("are sent with their number, where they were given no name", () => {
    const groups = withOneMore([], nameOf);
    expect(wanted(groups, [])).toEqual([{ room: null, name: "Group 1", number: 1, members: [] }]);
  });

  it("get a new room where theirs is not there", () => {
    expect(wanted(DRAFT, [])[0]?.room).toBe(null);
  });
});
