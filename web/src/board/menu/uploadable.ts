/** Pictures as they are sent: of a kind that the server takes, and not larger than a board shows. */

/** What the server takes as it is. */
const TAKEN = ["image/png", "image/jpeg", "image/webp"];

/** A picture's longer side, in its own pixels: the server keeps no more (SIDE_MAX in rtserver/files/frames.py). */
const SIDE_MAX = 2_560;

/** Small enough to go as it is, whatever its sides: making it smaller would only blur it. */
const SMALL_BYTES = 500_000;

/** The ending of lossy pictures: hardly seen, and a third of the bytes. */
const QUALITY = 0.9;

export function isPicture(file: Blob): boolean {
  return file.type.startsWith("image/");
}

/** Whether it is a board that was saved, by its name: browsers know no type of such files. */
export function isBoardFile(file: File): boolean {
  return file.name.toLowerCase().endsWith(".excalidraw");
}

/** The picture in a kind and size that the server takes; as it is where this browser cannot read it. */
export async function uploadable(file: Blob): Promise<Blob> {
  const isTaken = TAKEN.includes(file.type);
  if (!isPicture(file) || (isTaken && file.size <= SMALL_BYTES)) {
    return file;
  }
  const address = URL.createObjectURL(file);
  try {
    const image = new Image();
    image.src = address;
    await image.decode();
    const scale = Math.min(1, SIDE_MAX / Math.max(image.naturalWidth, image.naturalHeight));
    if (isTaken && scale === 1) {
      return file;
    }
    return (await drawn(image, scale, file.type === "image/jpeg")) ?? file;
  } catch {
    return file; // the server says what is wrong with it
  } finally {
    URL.revokeObjectURL(address);
  }
}

async function drawn(
  image: HTMLImageElement,
  scale: number,
  isPhoto: boolean,
): Promise<Blob | null> {
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(image.naturalWidth * scale));
  canvas.height = Math.max(1, Math.round(image.naturalHeight * scale));
  canvas.getContext("2d")?.drawImage(image, 0, 0, canvas.width, canvas.height);
  const type = isPhoto ? "image/jpeg" : "image/png";
  return new Promise((resolve) => canvas.toBlob(resolve, type, QUALITY));
}
