/** Line icons of one hand, 24 by 24. Always beside words or a label: they say nothing to a screen reader. */

const PATHS = {
  arrowDown: "M12 5v14m-6-6 6 6 6-6",
  arrowLeft: "M19 12H5m6-6-6 6 6 6",
  arrowRight: "M5 12h14m-6-6 6 6-6 6",
  arrowUp: "M12 19V5m-6 6 6-6 6 6",
  attach:
    "m20 11.500-8.200 8.200a5 5 0 0 1-7.100-7.100l8.400-8.400a3.300 3.300 0 0 1 4.700 4.700L9.500 17.200a1.700 1.700 0 0 1-2.400-2.400l7.600-7.600",
  board:
    "M3 4.500h18V16H3zM8 20.500l2-4.500m6 4.500L14 16M7 12c1.500-4.500 3.500-4.500 4 0s2.500 1 6-3",
  camera: "M3 7h12v10H3zM15 11l6-3.5v9L15 13",
  cameraOff: "M8.5 7H15v6M15 16.500V17H3V7h1M15 11l6-3.5v9l-2.5-1.45M3 3l18 18",
  check: "m5 12.5 4.5 4.5L19 7.5",
  clock: "M12 7v5l3 2M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18Z",
  close: "m6 6 12 12M18 6 6 18",
  copy: "M9 9h10v11H9zM15 9V4H5v11h4",
  download: "M12 4v11m-5-5 5 5 5-5M5 20h14",
  door: "M6 21V4.5L15 3v18M4 21h16M15 5h3v16M11.5 12v.5",
  edit: "m4 20 1-4.5L16.5 4l3.5 3.5L8.5 19 4 20Zm10.5-14L18 9.5",
  eye: "M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12ZM12 9.3a2.7 2.7 0 1 0 0 5.4 2.7 2.7 0 0 0 0-5.4Z",
  eyeOff:
    "M3 3l18 18M9.5 5.900A9 9 0 0 1 12 5.500C18 5.500 21.500 12 21.500 12a17 17 0 0 1-2.800 3.600M6.300 7.300A17 17 0 0 0 2.500 12S6 18.500 12 18.500a9 9 0 0 0 4.300-1.100M10.100 10.100a2.700 2.700 0 0 0 3.800 3.800",
  folder: "M3 6h6l2 2.500h10V19H3Z",
  gather:
    "M12 9.500a2.500 2.500 0 1 0 0 5 2.500 2.500 0 0 0 0-5ZM4 4l4 4M8 4.500V8H4.500M20 4l-4 4M16 4.500V8h3.500M4 20l4-4M8 19.500V16H4.500M20 20l-4-4M16 19.500V16h3.500",
  globe:
    "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18ZM3.5 12h17M12 3.2c2.4 2.5 3.6 5.4 3.6 8.8s-1.2 6.3-3.6 8.8c-2.4-2.5-3.6-5.4-3.6-8.8S9.6 5.7 12 3.2Z",
  grip: "M9 6.500h.01M15 6.500h.01M9 12h.01M15 12h.01M9 17.500h.01M15 17.500h.01",
  hand: "M7 12.500V6.500a1.5 1.5 0 0 1 3 0V11m0-1V4.500a1.5 1.5 0 0 1 3 0V11m0-.5v-5a1.5 1.5 0 0 1 3 0v6.500m0-3a1.5 1.5 0 0 1 3 0V15a6.5 6.5 0 0 1-6.5 6.500c-2.7 0-4.2-1.2-5.6-3.400L4.4 14.200A1.5 1.5 0 0 1 7 12.5",
  hangUp: "M2.5 14.500c5.3-4.8 13.7-4.8 19 0l-1.5 3-4-1v-3c-2.6-.7-5.4-.7-8 0v3l-4 1-1.5-3Z",
  large: "M4 9V4h5M20 9V4h-5M4 15v5h5M20 15v5h-5",
  leave: "M10 4H5v16h5M10 12h10m-4-4 4 4-4 4",
  link: "M10 14a4 4 0 0 0 5.7 0l3-3A4 4 0 0 0 13 5.3l-1 1M14 10a4 4 0 0 0-5.7 0l-3 3a4 4 0 0 0 5.7 5.7l1-1",
  lock: "M6 11h12v9H6zM8.5 11V8a3.5 3.5 0 0 1 7 0v3",
  menu: "M4 7h16M4 12h16M4 17h10",
  microphone:
    "M12 3.500a3 3 0 0 0-3 3V12a3 3 0 0 0 6 0V6.500a3 3 0 0 0-3-3ZM5.5 11.500a6.5 6.5 0 0 0 13 0M12 18v3",
  microphoneOff:
    "M9 9v3a3 3 0 0 0 4.7 2.500M15 11V6.500a3 3 0 0 0-5.8-1M5.5 11.500a6.5 6.5 0 0 0 10.3 5.300M18.5 11.500a6.5 6.5 0 0 1-.7 3M12 18v3M3 3l18 18",
  more: "M6 12h.01M12 12h.01M18 12h.01",
  mute: "M4 6h16v10H10l-4 4v-4H4zM9.5 9l5 4.5m0-4.5-5 4.5",
  offline:
    "M3 3l18 18M8.5 15.5a5 5 0 0 1 5-1.3M5 12a10 10 0 0 1 4-2.5M2.5 8.5A14 14 0 0 1 6 6.2M12.5 6a14 14 0 0 1 9 2.5M15.5 10A10 10 0 0 1 19 12M12 19h.01",
  pause: "M9 6v12M15 6v12",
  people:
    "M9 11.5a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7ZM2.5 20c.4-3.6 3-5.5 6.5-5.5s6.1 1.9 6.5 5.5M16 4.8a3.5 3.5 0 0 1 0 6.4M18 15c2 .7 3.2 2.4 3.5 5",
  person: "M12 11.5a4 4 0 1 0 0-8 4 4 0 0 0 0 8ZM4.5 20.5c.5-4 3.5-6 7.5-6s7 2 7.5 6",
  picture: "M3.500 5h17v14h-17zM4 17l5-5 4 4 3-3 4.500 4.500M15.500 9h.01",
  pin: "M9 4h6l-1 6 3.500 3v2h-11v-2l3.500-3ZM12 15v6",
  play: "M8 5.500v13l10.500-6.500Z",
  plus: "M12 5v14M5 12h14",
  print: "M7 8.500V3.500h10v5M7 16.500H4v-8h16v8h-3M7 13.500h10v7H7z",
  refresh: "M20 5v5h-5M4 19v-5h5M19.5 10A8 8 0 0 0 5.6 7M4.5 14a8 8 0 0 0 13.9 3",
  reply: "M9 5 4 10l5 5M4 10h9a7 7 0 0 1 7 7v2",
  screen: "M3 4.500h18V16H3zM8 20h8M12 16v4M12 13V7.800m-2.5 2.400L12 7.800l2.5 2.4",
  search: "M10.500 4a6.500 6.500 0 1 0 0 13 6.500 6.500 0 0 0 0-13ZM15.500 15.500 20.500 20.500",
  send: "M4 12 20 4l-5 16-3.5-6.5L4 12Zm7.5 1.5L20 4",
  settings: "M4 7h9m4 0h3M4 12h3m4 0h9M4 17h7m4 0h5M15 5v4M9 10v4M13 15v4",
  small: "M9 4v5H4M15 4v5h5M9 20v-5H4M15 20v-5h5",
  smile: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18ZM9 9.500v.01M15 9.500v.01M8 14a4.500 4.500 0 0 0 8 0",
  sound: "M4 10v4h3.500l4.5 4V6l-4.5 4zM15.5 9.500a4 4 0 0 1 0 5M18 7a8 8 0 0 1 0 10",
  speak: "M4 6h16v10H10l-4 4v-4H4z",
  staff: "M12 4 2.5 8.5 12 13l9.5-4.5L12 4ZM6.5 10.5V16c3 2.7 8 2.7 11 0v-5.5M21.5 8.5V14",
  trash: "M5 7h14M10 7V4.5h4V7M7 7l1 13h8l1-13M10.5 11v5M13.5 11v5",
  undo: "M8 5 4 9l4 4M4 9h10a5.500 5.500 0 0 1 0 11H9",
  warning: "M12 4 2.5 20h19L12 4Zm0 6v5m0 2.5v.01",
} as const;

export type IconName = keyof typeof PATHS;

/**
 * Icons that follow the direction of reading: they point onwards, or stand at the beginning of a line. Not those that name
 * a side (arrowLeft), show how a thing is played or turned, or look alike from both sides.
 */
const TURNS: ReadonlySet<IconName> = new Set([
  "leave",
  "menu",
  "mute",
  "reply",
  "send",
  "sound",
  "speak",
  "undo",
]);

export function Icon({ name, size = 20 }: { name: IconName; size?: number }) {
  return (
    <svg
      className="icon"
      data-turns={TURNS.has(name)}
      width={size}
      height={size}
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      strokeWidth={name === "more" ? 3 : 1.8}
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
      focusable="false"
    >
      <path d={PATHS[name]} />
    </svg>
  );
}
