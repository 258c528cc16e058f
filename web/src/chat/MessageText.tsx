import { splitLinks } from "./links";

/** The text as typed, never as HTML; web addresses in it can be followed. */
export function MessageText({ text }: { text: string }) {
  let offset = 0;
  return (
    <p className="message__text" dir="auto">
      {splitLinks(text).map((part) => {
        const key = offset;
        offset += part.text.length;
        return part.href === null ? (
          part.text
        ) : (
          <a key={key} href={part.href} target="_blank" rel="noopener noreferrer nofollow">
            {part.text}
          </a>
        );
      })}
    </p>
  );
}
