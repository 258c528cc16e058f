import { memo } from "react";
import type { Rights } from "../protocol/generated";
import type { Block } from "./blocks";
import { type Author, MessageGroup } from "./MessageGroup";
import { type Marks, marksIn } from "./marks";

/** Pixels that a group, and a message in it, take about, until the browser has seen the block. */
const GROUP_PX = 40;
const MESSAGE_PX = 52;

interface MessageBlockProps extends Marks {
  room: string;
  me: string;
  block: Block;
  authorOf(member: string): Author;
  denied: Rights["denied"] | undefined;
}

/** Some screens of messages. Out of sight it is not laid out, and unchanged it is not compared: see `blocks.ts`. */
export const MessageBlock = memo(function MessageBlock(props: MessageBlockProps) {
  const { room, me, block, authorOf, denied } = props;
  return (
    <div className="block" style={{ containIntrinsicHeight: `auto ${heightOf(block)}px` }}>
      {block.groups.map((group) => (
        <MessageGroup
          key={group.key}
          room={room}
          me={me}
          group={group}
          author={authorOf(group.actor)}
          denied={denied}
          {...marksIn([group], props)}
        />
      ))}
    </div>
  );
});

function heightOf({ groups }: Block): number {
  return groups.reduce((sum, { messages }) => sum + GROUP_PX + messages.length * MESSAGE_PX, 0);
}
