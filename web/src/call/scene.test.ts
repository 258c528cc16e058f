import { describe, expect, it } from "vitest";
import type { Medium, Participant } from "../protocol/generated";
import { type SceneQuestion, sceneOf, sizesOf, TILES_MAX } from "./scene";

function somebody(id: string, sends: Medium[] = [], kind: Participant["kind"] = "person") {
  const tracks = sends.map((medium) => ({ medium, muted: false, stopped: false }));
  const member = `member-${id}`;
  const rest = { held: [], bandwidth: "full", automatic: false, quality: "good", away: false };
  return { id, member, kind, tracks, ...rest } as Participant;
}

function ask(participants: Participant[], more: Partial<SceneQuestion> = {}) {
  return sceneOf({
    participants,
    me: "me",
    watching: null,
    pictured: new Set(),
    classes: ["french", "polish"],
    classOf: (member) =>
      member.includes("-v") ? null : member.includes("-p") ? "polish" : "french",
    ...more,
  });
}

const ids = (places: readonly { participant: Participant; medium: string }[]) =>
  places.map(({ participant, medium }) => `${participant.id} ${medium}`);

describe("sceneOf", () => {
  it("puts everybody with their class, oneself first, visitors last", () => {
    const { main, classes } = ask([somebody("v1"), somebody("p1"), somebody("f1"), somebody("me")]);
    expect(main).toEqual([]);
    expect(classes.map(({ classId }) => classId)).toEqual(["french", "polish", null]);
    expect(classes[0]?.tiles.map(({ id }) => id)).toEqual(["me", "f1"]);
  });

  it("shows all class cameras large, but one's own", () => {
    const people = [
      somebody("p1", ["video"], "class-camera"),
      somebody("f1", ["video"], "class-camera"),
      somebody("me", ["video"], "class-camera"),
    ];
    const { main, aside, classes } = ask(people);
    expect(ids(main)).toEqual(["p1 video", "f1 video"]);
    expect(aside).toEqual([]);
    expect(classes.flatMap(({ tiles }) => tiles.map(({ id }) => id))).toEqual(["me"]);
  });

  it("shows everybody else large to a class camera, whose class sees small what it sends", () => {
    const people = [
      somebody("p1"),
      somebody("f1", ["video"]),
      somebody("me", ["video"], "class-camera"),
    ];
    const { main, aside, classes } = ask(people);
    expect(ids(main)).toEqual(["p1 video", "f1 video"]);
    expect(aside).toEqual([]);
    expect(classes.flatMap(({ tiles }) => tiles.map(({ id }) => id))).toEqual(["me"]);
    const alone = ask([somebody("me", ["video"], "class-camera")]);
    expect(alone.main).toEqual([]);
    expect(alone.classes.flatMap(({ tiles }) => tiles.map(({ id }) => id))).toEqual(["me"]);
  });

  it("shows a shared screen in the middle, class cameras beside it, and who shares it with the class", () => {
    const people = [
      somebody("p1", ["video", "screen"]),
      somebody("f1", ["video"], "class-camera"),
      somebody("me", ["screen"]),
    ];
    const { main, aside, classes } = ask(people);
    expect(ids(main)).toEqual(["p1 screen"]);
    expect(ids(aside)).toEqual(["f1 video"]);
    expect(classes.flatMap(({ tiles }) => tiles.map(({ id }) => id))).toEqual(["me", "p1"]);
  });

  it("shows whom one has chosen before everything else, and nowhere twice", () => {
    const people = [
      somebody("p1", ["screen"]),
      somebody("p2", ["video"], "class-camera"),
      somebody("me"),
    ];
    const { main, aside, classes } = ask(people, { watching: "p2" });
    expect(ids(main)).toEqual(["p2 video"]);
    expect(ids(aside)).toEqual(["p1 screen"]);
    expect(classes.flatMap(({ tiles }) => tiles.map(({ id }) => id))).toEqual(["me", "p1"]);
  });

  it("gives a tile to everybody while they are few, and only to those with a picture when they are many", () => {
    const few = Array.from({ length: TILES_MAX }, (_, number) => somebody(`p${number}`));
    expect(sizesOf(ask(few).classes)).toEqual([{ tiles: TILES_MAX, chips: 0 }]);
    const many = [...few, somebody("px")];
    const { classes } = ask(many, { pictured: new Set(["p1", "px"]) });
    expect(sizesOf(classes)).toEqual([{ tiles: 2, chips: TILES_MAX - 1 }]);
  });
});
