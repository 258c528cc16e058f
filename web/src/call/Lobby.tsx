import { useId, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { recall, remember } from "../connection/memory";
import { failureText } from "../locales/i18n";
import type { ParticipantKind, RoomView } from "../protocol/generated";
import { useOpenRehearsal } from "../rehearsal/rehearsal";
import { callIn, callRefusal } from "../state/callSelectors";
import { isStaff, myself } from "../state/selectors";
import { useTwinSpace } from "../state/store";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { Icon } from "../ui/Icon";
import { beginCall } from "./activeCall";
import { useCallClient } from "./callContext";
import { DevicePickers } from "./DevicePickers";
import { DeviceTroubles } from "./DeviceTrouble";
import { LobbyPreview } from "./LobbyPreview";
import { Options } from "./Options";
import { isAlreadyIn } from "./people";
import { usePreview } from "./usePreview";

interface LobbyProps {
  room: RoomView;
  onClose(): void;
}

/** Before a call: how one looks and sounds, with which devices, and as what one joins. */
export function Lobby({ room, onClose }: LobbyProps) {
  const { t } = useTranslation();
  const call = useCallClient();
  const openRehearsal = useOpenRehearsal();
  const mayBeCamera = useTwinSpace(
    (state) =>
      isStaff(myself(state)?.role ?? "pupil") &&
      (state.rights[room.id]?.join_as_class_camera ?? null) === null,
  );
  const isBeginning = useTwinSpace((state) => callIn(state, room.id) === null);
  const denied = useTwinSpace((state) => callRefusal(state, room.id, "join_call"));
  const isTwice = useTwinSpace((state) => isAlreadyIn(callIn(state, room.id), state.me));
  const [kind, setKind] = useState<ParticipantKind>("person");
  const [microphone, setMicrophone] = useDeviceSwitch(room.id, "publish_audio");
  const [camera, setCamera] = useDeviceSwitch(room.id, "publish_video");
  const isJoining = useRef(false);
  const preview = usePreview({ microphone, camera, isKept: isJoining });
  const name = useId();

  function join(): void {
    isJoining.current = true;
    onClose();
    // Why it did not work stands where the way into the call is.
    call.join({ kind, microphone, camera, begin: beginCall }).catch(() => {});
  }

  return (
    <Dialog
      wide
      title={t(isBeginning ? "call.lobby.titleStart" : "call.lobby.title")}
      onClose={onClose}
    >
      <div className="lobby" data-testid="lobby">
        <LobbyPreview
          room={room.id}
          preview={preview}
          microphone={microphone}
          camera={camera}
          onMicrophone={setMicrophone}
          onCamera={setCamera}
        />
        <div className="lobby__settings">
          <Troubles onRetry={preview.retry} />
          <DevicePickers isMicrophoneOn={microphone} />
        </div>
        {mayBeCamera && (
          <div className="lobby__kind">
            <Options<ParticipantKind>
              legend={t("call.lobby.as")}
              name={name}
              value={kind}
              onChange={setKind}
              options={[
                {
                  value: "person",
                  label: t("call.lobby.asPerson"),
                  hint: t("call.lobby.asPersonHint"),
                },
                {
                  value: "class-camera",
                  label: t("call.lobby.asCamera"),
                  hint: t("call.lobby.asCameraHint"),
                },
              ]}
            />
          </div>
        )}
      </div>
      {denied === null && isTwice && (
        <p className="dialog__text" role="status">
          {t("call.twice")}
        </p>
      )}
      {denied !== null && (
        <p className="dialog__text" role="status">
          {failureText(t, denied, denied)}
        </p>
      )}
      <div className="dialog__buttons">
        <Button
          look="quiet"
          onPress={() => {
            onClose();
            openRehearsal();
          }}
        >
          {t("settings.check")}
        </Button>
        <Button onPress={onClose}>{t("common.cancel")}</Button>
        <Button look="primary" icon="camera" autoFocus isDisabled={denied !== null} onPress={join}>
          {t(isBeginning ? "call.lobby.begin" : "call.lobby.join")}
        </Button>
      </div>
    </Dialog>
  );
}

/** What to do when a device does not work; and that one can come in all the same. */
function Troubles({ onRetry }: { onRetry(): void }) {
  const { t } = useTranslation();
  const { microphone, camera } = useTwinSpace((state) => state.call.devices.problem);
  if (microphone === null && camera === null) {
    return null;
  }
  return (
    <div className="lobby__troubles" role="status">
      <DeviceTroubles />
      <p className="lobby__anyway">
        <Icon name="check" size={18} />
        <span>{t("call.lobby.joinAnyway")}</span>
      </p>
      <Button small icon="refresh" onPress={onRetry}>
        {t("common.tryAgain")}
      </Button>
    </div>
  );
}

/**
 * Whether one comes in with it on: as the last time on this device. The first time pupils come in with the microphone
 * off: thirty that sit in one classroom would howl.
 */
function useDeviceSwitch(
  room: string,
  right: "publish_audio" | "publish_video",
): [boolean, (isOn: boolean) => void] {
  const key = right === "publish_audio" ? "call.microphone" : "call.camera";
  const isDenied = useTwinSpace((state) => callRefusal(state, room, right) !== null);
  const isTeacher = useTwinSpace((state) => isStaff(myself(state)?.role ?? "pupil"));
  const [isOn, setOn] = useState(() => {
    const last = recall(key);
    return last === null ? isTeacher || right === "publish_video" : last === "1";
  });
  return [
    isOn && !isDenied,
    (wanted) => {
      remember(key, wanted ? "1" : "0");
      setOn(wanted);
    },
  ];
}
