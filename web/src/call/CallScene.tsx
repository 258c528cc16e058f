import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { CallView, RoomView } from "../protocol/generated";
import { classOf, findRoom } from "../state/selectors";
import { useTwinSpace } from "../state/store";
import { arrange, BARE_MEASURES, TILE_RATIO } from "./arrange";
import { ClassGroup } from "./ClassGroup";
import { type ClassPlaces, type Place, type Scene, sceneOf, sizesOf } from "./scene";
import { Tile } from "./Tile";
import { type Box, useBox } from "./useBox";

/** Everybody's picture, as large as there is space for. */
export function CallScene({ view }: { view: CallView }) {
  const { t } = useTranslation();
  const [area, box] = useBox<HTMLDivElement>();
  const scene = useScene(view);
  const isAlone = view.participants.length === 1;
  const isClosed = useTwinSpace((state) => isClosedToPupils(findRoom(state, view.room)));
  const isMeasured = box.width > 0;
  const isRow = isMeasured && box.height < ROW_BELOW;
  return (
    <div className="scene" ref={area} data-testid="scene" data-focused={scene.main.length > 0}>
      {isMeasured && (
        <Pictures scene={scene} box={box} room={view.room} isAlone={isAlone && !isRow} />
      )}
      {isAlone && !isRow && (
        <p className="scene__alone">{t(isClosed ? "call.note.aloneClosed" : "call.alone")}</p>
      )}
    </div>
  );
}

/** Lower than this there is space for one row of pictures only: the strip above a phone's other parts. */
const ROW_BELOW = 96;

interface PicturesProps {
  scene: Scene;
  box: Box;
  room: string;
  isAlone: boolean;
}

function Pictures({ scene, box, room, isAlone }: PicturesProps) {
  if (box.height < ROW_BELOW) {
    return <PictureRow scene={scene} box={box} room={room} />;
  }
  return scene.main.length > 0 ? (
    <Focused scene={scene} box={box} room={room} />
  ) : (
    <Classes classes={scene.classes} box={box} room={room} isAlone={isAlone} />
  );
}

/** All pictures side by side; whoever has none is heard. */
function PictureRow({ scene, box, room }: Omit<PicturesProps, "isAlone">) {
  const tiles = scene.classes.flatMap((places) => places.tiles);
  const places = [
    ...scene.main,
    ...scene.aside,
    ...tiles.map((participant): Place => ({ participant, medium: "video" })),
  ];
  return (
    <ul className="scene__picture-row">
      {places.map((place) => (
        <li key={`${place.participant.id} ${place.medium}`}>
          <div style={{ width: Math.floor(box.height * TILE_RATIO) }}>
            <Tile place={place} room={room} />
          </div>
        </li>
      ))}
    </ul>
  );
}

/** The others of the room do not come into its call. The staff room has no others. */
function isClosedToPupils(room: RoomView | null): boolean {
  return room !== null && room.kind !== "staff-room" && !room.open;
}

function useScene(view: CallView): Scene {
  const me = useTwinSpace((state) => state.call.mine.me);
  const watching = useTwinSpace((state) => state.call.mine.watching);
  const pictured = useTwinSpace((state) =>
    state.call.mine.tiles
      .filter(({ medium }) => medium === "video")
      .map(({ participant }) => participant),
  );
  const classes = useTwinSpace((state) => state.project?.view.classes.map(({ id }) => id) ?? []);
  const members = useTwinSpace((state) =>
    view.participants.map(({ member }) => classOf(state, member)?.schoolClass.id ?? null),
  );
  return useMemo(() => {
    const classIds = new Map(view.participants.map(({ member }, at) => [member, members[at]]));
    return sceneOf({
      participants: view.participants,
      me,
      watching,
      pictured: new Set(pictured),
      classes,
      classOf: (member) => classIds.get(member) ?? null,
    });
  }, [view.participants, me, watching, pictured, classes, members]);
}

/** For the sentence below the tile of whoever is alone. */
const ALONE_HEIGHT = 64;

interface ClassesProps {
  classes: ClassPlaces[];
  box: Box;
  room: string;
  isAlone: boolean;
}

/** Nobody is large: the classes side by side. */
function Classes({ classes, box, room, isAlone }: ClassesProps) {
  const height = box.height - (isAlone ? ALONE_HEIGHT : 0);
  const { rows, columns, tileWidth } = arrange(sizesOf(classes), box.width, height);
  return rows.map((row) => (
    <div className="scene__row" key={classes[row[0] ?? 0]?.classId}>
      {row.map((number) => {
        const places = classes[number];
        return (
          places !== undefined && (
            <ClassGroup
              key={places.classId}
              places={places}
              room={room}
              columns={columns[number] ?? 1}
              tileWidth={tileWidth}
            />
          )
        );
      })}
    </div>
  ));
}

/** Narrower, what stands beside the middle stands below it. */
const ASIDE_FROM = 560;

const ASIDE_SHARE = 0.3;
const GAP = 8;

/** Tiles of those who are not large just now, and the height that their row takes. */
const STRIP_TILE_WIDTH = 128;
const STRIP_HEIGHT = 128;
const LOW_STRIP_TILE_WIDTH = 96;
const LOW_STRIP_HEIGHT = 108;

/** Lower than this there is space for small tiles only. */
const LOW = 380;

/** The large picture is at least so high, and the row below it is scrolled to. */
const LARGE_HEIGHT_MIN = 120;

/** Somebody is large: they take what there is, and the others stand in a row below. */
function Focused({ scene, box, room }: { scene: Scene; box: Box; room: string }) {
  const isNarrow = box.width < ASIDE_FROM;
  const isLow = box.height < LOW;
  const hasStrip = scene.classes.length > 0 || (isNarrow && scene.aside.length > 0);
  const stripHeight = hasStrip ? (isLow ? LOW_STRIP_HEIGHT : STRIP_HEIGHT) + GAP : 0;
  const stripTile = isLow ? LOW_STRIP_TILE_WIDTH : STRIP_TILE_WIDTH;
  const height = Math.max(box.height - stripHeight, Math.min(LARGE_HEIGHT_MIN, box.height));
  const hasColumn = !isNarrow && scene.aside.length > 0;
  const asideWidth = hasColumn ? Math.floor(box.width * ASIDE_SHARE) : 0;
  const mainWidth = box.width - asideWidth - (hasColumn ? GAP : 0);
  return (
    <>
      <div className="scene__large" style={{ height }}>
        <LargeTiles places={scene.main} box={{ width: mainWidth, height }} room={room} />
        {hasColumn && (
          <LargeTiles places={scene.aside} box={{ width: asideWidth, height }} room={room} />
        )}
      </div>
      {hasStrip && (
        <div className="scene__strip">
          {isNarrow && scene.aside.length > 0 && (
            <LargeTiles
              places={scene.aside}
              box={{ width: scene.aside.length * (2 * stripTile), height: stripHeight - GAP }}
              room={room}
            />
          )}
          {scene.classes.map((places) => (
            <ClassGroup
              key={places.classId}
              places={places}
              room={room}
              columns={Math.max(1, places.tiles.length)}
              tileWidth={stripTile}
            />
          ))}
        </div>
      )}
    </>
  );
}

function LargeTiles({ places, box, room }: { places: Place[]; box: Box; room: string }) {
  const sizes = [{ tiles: places.length, chips: 0 }];
  const { columns, tileWidth } = arrange(sizes, box.width, box.height, BARE_MEASURES);
  return (
    <ul
      className="scene__tiles"
      style={{
        width: box.width,
        gridTemplateColumns: `repeat(${columns[0] ?? 1}, ${tileWidth}px)`,
      }}
    >
      {places.map((place) => (
        <li key={`${place.participant.id} ${place.medium}`}>
          <Tile place={place} room={room} isLarge />
        </li>
      ))}
    </ul>
  );
}
