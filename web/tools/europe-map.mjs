/**
 * Writes src/board/europeMap.ts: coasts and borders of Europe, with as few points as a class's board needs.
 *
 * Run by hand, once: neither the page nor its build needs it. To do it again, in the folder above this one:
 *
 *   npm install --no-save world-atlas@2.0.2 topojson-client@3.1.0
 *   node tools/europe-map.mjs
 *   npm ci
 *
 * Source: Natural Earth 4.1, 1:50m, public domain (naturalearthdata.com), as packed by the npm package world-atlas.
 * Natural Earth draws who holds a territory, not whose it is. The lines between Ukraine and the Crimea and across Cyprus
 * are therefore left out, as on maps of the European Union, and those around Israel, at the edge, with the Golan's.
 */

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { mesh } from "topojson-client";

/** Pixels of the map's width: coordinates are whole numbers up to it. */
const WIDTH = 1200;

/** What is seen, in metres from the centre: from Ireland to the Caspian Sea, from the North Cape to Cyprus. */
const FRAME = { west: -1_850_000, east: 3_330_000, south: -1_850_000, north: 2_260_000 };

/** Points that span a smaller triangle with their neighbours are left out, in square pixels. */
const DETAIL = 3;

/** Islands that fill less are left out: somewhat less than Malta, in square pixels. */
const ISLAND_MIN = 9;

/** Of the Earth as a ball with its real surface, in metres. */
const RADIUS = 6_371_007;

/** Of the projection: Lambert's azimuthal equal-area, around the point that the EU's own maps have (EPSG 3035). */
const CENTRE = { longitude: radians(10), latitude: radians(52) };

const SCALE = WIDTH / (FRAME.east - FRAME.west);
const HEIGHT = Math.round((FRAME.north - FRAME.south) * SCALE);

/** Cyprus, Israel, Palestine (ISO 3166-1 numeric): borders with these are left out. */
const WITHOUT_BORDERS = new Set(["196", "376", "275"]);

const world = JSON.parse(
  readFileSync(join(import.meta.dirname, "../node_modules/world-atlas/countries-50m.json"), "utf8"),
);
const countries = world.objects.countries;
const corners = cornersOf(mesh(world, countries));

const coasts = mesh(world, countries, (one, other) => one === other).coordinates;
const borders = mesh(
  world,
  countries,
  (one, other) => one !== other && ![one, other].some(({ id }) => WITHOUT_BORDERS.has(id)),
).coordinates.filter((line) => !isAcrossCrimea(line));

const drawn = { COASTS: coasts.flatMap(simplified), BORDERS: borders.flatMap(simplified) };
const texts = Object.entries(drawn).map(
  ([name, lines]) => `export const ${name} = \`\n${lines.map(packed).join("\n")}\n\`;\n`,
);

writeFileSync(
  join(import.meta.dirname, "../src/board/europeMap.ts"),
  `/**
 * Coasts and borders of Europe. Written by tools/europe-map.mjs; loaded only when somebody puts the map on a board.
 *
 * From Natural Earth 4.1 (naturalearthdata.com), which is in the public domain. A line of text is a line of the map:
 * x and y of its first point, then how much further each next point is, in pixels of a map of this size.
 */

export const EUROPE = { width: ${WIDTH}, height: ${HEIGHT} };

${texts.join("\n")}`,
);

function radians(degrees) {
  return (degrees * Math.PI) / 180;
}

/** Whether a line is the one across the isthmus, which is all there is of borders there. */
function isAcrossCrimea(line) {
  return line.every(
    ([longitude, latitude]) =>
      longitude > 33.5 && longitude < 35.1 && latitude > 45.6 && latitude < 46.3,
  );
}

/** Where lines meet: what is simplified must still meet there. */
function cornersOf({ coordinates }) {
  return new Set(coordinates.flatMap((line) => [String(line.at(0)), String(line.at(-1))]));
}

/** Pixels of the map, the corners marked. */
function projected(point) {
  const [longitude, latitude] = point.map(radians);
  const east = longitude - CENTRE.longitude;
  const sines = Math.sin(CENTRE.latitude) * Math.sin(latitude);
  const cosines = Math.cos(CENTRE.latitude) * Math.cos(latitude);
  const reach = RADIUS * Math.sqrt(2 / (1 + sines + cosines * Math.cos(east)));
  const x = reach * Math.cos(latitude) * Math.sin(east);
  const y =
    reach *
    (Math.cos(CENTRE.latitude) * Math.sin(latitude) -
      Math.sin(CENTRE.latitude) * Math.cos(latitude) * Math.cos(east));
  return {
    x: (x - FRAME.west) * SCALE,
    y: (FRAME.north - y) * SCALE,
    isCorner: corners.has(String(point)),
  };
}

/** The parts of a line that are on the map, each with few points. */
function simplified(line) {
  if (line.every(([longitude, latitude]) => latitude < 0 || Math.abs(longitude) > 120)) {
    return []; // the other side of the world
  }
  return clipped(line.map(projected))
    .filter((part) => !isRing(part) || area(part) >= ISLAND_MIN)
    .map((part) => rounded(thinned(part)))
    .filter((part) => part.length > 1);
}

function isRing(points) {
  return points.length > 3 && points[0].x === points.at(-1).x && points[0].y === points.at(-1).y;
}

function area(points) {
  const doubled = points.reduce((sum, { x, y }, at) => {
    const next = points[(at + 1) % points.length];
    return sum + x * next.y - next.x * y;
  }, 0);
  return Math.abs(doubled) / 2;
}

/** The parts inside the map (Liang and Barsky's way, segment by segment). */
function clipped(points) {
  const parts = [];
  let part = [];
  for (let at = 1; at < points.length; at += 1) {
    const inside = segmentInside(points[at - 1], points[at]);
    if (inside === null) {
      continue;
    }
    const [from, to] = inside;
    if (part.length === 0 || part.at(-1) !== from) {
      part = [from];
      parts.push(part);
    }
    part.push(to);
  }
  return parts;
}

function segmentInside(from, to) {
  const step = { x: to.x - from.x, y: to.y - from.y };
  let [enters, leaves] = [0, 1];
  for (const [axis, size] of [
    ["x", WIDTH],
    ["y", HEIGHT],
  ]) {
    if (step[axis] === 0) {
      if (from[axis] < 0 || from[axis] > size) {
        return null;
      }
      continue;
    }
    const crossings = [-from[axis] / step[axis], (size - from[axis]) / step[axis]];
    enters = Math.max(enters, Math.min(...crossings));
    leaves = Math.min(leaves, Math.max(...crossings));
  }
  if (enters >= leaves) {
    return null;
  }
  const at = (share) => ({
    x: from.x + step.x * share,
    y: from.y + step.y * share,
    isCorner: true,
  });
  return [enters === 0 ? from : at(enters), leaves === 1 ? to : at(leaves)];
}

/** Without the points that matter least, one after another (Visvalingam and Whyatt's way). */
function thinned(points) {
  const kept = [...points];
  while (kept.length > 3) {
    let [least, smallest] = [-1, DETAIL];
    for (let at = 1; at < kept.length - 1; at += 1) {
      const size = kept[at].isCorner ? DETAIL : area(kept.slice(at - 1, at + 2));
      if (size < smallest) {
        [least, smallest] = [at, size];
      }
    }
    if (least < 0) {
      break;
    }
    kept.splice(least, 1);
  }
  return kept;
}

/** Whole pixels, none twice in a row. */
function rounded(points) {
  return points
    .map(({ x, y }) => [Math.round(x), Math.round(y)])
    .filter(([x, y], at, all) => at === 0 || x !== all[at - 1][0] || y !== all[at - 1][1]);
}

function packed(points) {
  return points
    .flatMap(([x, y], at) => (at === 0 ? [x, y] : [x - points[at - 1][0], y - points[at - 1][1]]))
    .join(" ");
}
