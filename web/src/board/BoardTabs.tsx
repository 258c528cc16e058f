import { useEffect, useRef, useState } from "react";
import {
  Button as AriaButton,
  Menu,
  MenuItem,
  MenuTrigger,
  Popover,
  Tab,
  TabList,
  useLocale,
} from "react-aria-components";
import { useTranslation } from "react-i18next";
import type { BoardView as ListedBoard, RoomView } from "../protocol/generated";
import { isStaff, myself } from "../state/selectors";
import { useTwinSpace } from "../state/store";
import { useConnection } from "../twinspace/connectionContext";
import { IconButton } from "../ui/Button";
import { Confirm } from "../ui/Dialog";
import { Icon } from "../ui/Icon";
import { useNotices } from "../ui/Notices";
import { BoardNameDialog } from "./BoardNameDialog";

interface BoardTabsProps {
  room: RoomView;
  boards: readonly ListedBoard[];
  board: ListedBoard | null;
  onChoose(board: string): void;
}

/** The boards of a room by name. Teachers add, name, order and remove them. */
export function BoardTabs({ room, boards, board, onChoose }: BoardTabsProps) {
  const { t } = useTranslation();
  const mayArrange = useTwinSpace((state) => isStaff(myself(state)?.role ?? "pupil"));
  const chooseAdded = useNewBoard(boards, onChoose);
  const [isAdding, setAdding] = useState(false);
  const connection = useConnection();
  const list = useRef<HTMLDivElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another board is chosen, or it is in another place
  useEffect(() => {
    const tab = list.current?.querySelector("[data-selected]");
    tab?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }, [boards, board]);
  return (
    <div className="board-tabs">
      <TabList ref={list} className="board-tabs__list" aria-label={t("board.tabs")}>
        {boards.map(({ id, name }) => (
          <Tab key={id} id={id} className="board-tab">
            <bdi>{name === "" ? t("board.unnamed") : name}</bdi>
          </Tab>
        ))}
      </TabList>
      {mayArrange && board !== null && <BoardTabMenu boards={boards} board={board} />}
      {mayArrange && (
        <IconButton small icon="plus" label={t("board.add")} onPress={() => setAdding(true)} />
      )}
      {isAdding && (
        <BoardNameDialog
          title={t("board.addTitle")}
          confirm={t("board.addConfirm")}
          name=""
          onName={(name) =>
            chooseAdded(() => connection.change("board.add", { room: room.id, name }))
          }
          onClose={() => setAdding(false)}
        />
      )}
    </div>
  );
}

/** Whoever adds a board wants to see it: its id comes with the event, not with the answer. */
function useNewBoard(boards: readonly ListedBoard[], onChoose: (board: string) => void) {
  const known = useRef<ReadonlySet<string> | null>(null);
  useEffect(() => {
    const added = boards.find(({ id }) => known.current !== null && !known.current.has(id));
    if (added !== undefined) {
      known.current = null;
      onChoose(added.id);
    }
  }, [boards, onChoose]);
  return async (add: () => Promise<unknown>): Promise<void> => {
    known.current = new Set(boards.map(({ id }) => id));
    try {
      await add();
    } catch (error) {
      known.current = null; // the next one is somebody else's
      throw error;
    }
  };
}

type BoardAction = "rename" | "left" | "right" | "remove";

function BoardTabMenu({ boards, board }: { boards: readonly ListedBoard[]; board: ListedBoard }) {
  const { t } = useTranslation();
  const connection = useConnection();
  const { attempt } = useNotices();
  const [asking, setAsking] = useState<"rename" | "remove" | null>(null);
  const name = board.name === "" ? t("board.unnamed") : board.name;
  const place = boards.findIndex(({ id }) => id === board.id);
  const onTheLeft = useLocale().direction === "rtl" ? "later" : "earlier";
  const neighbours = {
    earlier: { exists: place > 0, before: boards[place - 1]?.id ?? null },
    later: { exists: place < boards.length - 1, before: boards[place + 2]?.id ?? null },
  };
  const left = neighbours[onTheLeft];
  const right = neighbours[onTheLeft === "earlier" ? "later" : "earlier"];

  function move(before: string | null): void {
    void attempt(() => connection.change("board.move", { board: board.id, before }));
  }

  function act(action: BoardAction): void {
    if (action === "left") {
      move(left.before);
    } else if (action === "right") {
      move(right.before);
    } else {
      setAsking(action);
    }
  }

  const disabled: BoardAction[] = [
    ...(left.exists ? [] : ["left" as const]),
    ...(right.exists ? [] : ["right" as const]),
    ...(boards.length === 1 ? ["remove" as const] : []),
  ];
  const items = [
    { id: "rename", icon: "edit", text: t("board.rename") },
    { id: "left", icon: "arrowLeft", text: t("board.moveLeft") },
    { id: "right", icon: "arrowRight", text: t("board.moveRight") },
    { id: "remove", icon: "trash", text: t("board.remove") },
  ] as const;
  return (
    <>
      <MenuTrigger>
        <AriaButton
          className="button button--icon button--small"
          aria-label={t("board.arrange", { name })}
        >
          <Icon name="more" />
        </AriaButton>
        <Popover placement="bottom start">
          <Menu
            className="menu"
            disabledKeys={disabled}
            onAction={(key) => act(key as BoardAction)}
          >
            {items.map(({ id, icon, text }) => (
              <MenuItem
                key={id}
                id={id}
                textValue={text}
                className={id === "remove" ? "menu__item menu__item--danger" : "menu__item"}
              >
                <Icon name={icon} />
                {text}
              </MenuItem>
            ))}
          </Menu>
        </Popover>
      </MenuTrigger>
      {asking === "rename" && (
        <BoardNameDialog
          title={t("board.renameTitle")}
          confirm={t("common.save")}
          name={board.name}
          onName={(next) => connection.change("board.rename", { board: board.id, name: next })}
          onClose={() => setAsking(null)}
        />
      )}
      {asking === "remove" && (
        <Confirm
          title={t("board.removeTitle", { name })}
          text={t("board.removeText")}
          confirm={t("board.remove")}
          onConfirm={() =>
            void attempt(() => connection.change("board.remove", { board: board.id }))
          }
          onClose={() => setAsking(null)}
        />
      )}
    </>
  );
}
