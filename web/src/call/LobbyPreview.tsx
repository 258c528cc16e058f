import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { failureText } from "../locales/i18n";
import { callRefusal } from "../state/callSelectors";
import { classOf } from "../state/selectors";
import { useTwinSpace } from "../state/store";
import { Avatar, classColour } from "../ui/Avatar";
import { BarButton } from "./BarButton";
import type { Preview } from "./usePreview";

interface LobbyPreviewProps {
  room: string;
  preview: Preview;
  microphone: boolean;
  camera: boolean;
  onMicrophone(isOn: boolean): void;
  onCamera(isOn: boolean): void;
}

/** One's own picture as others will see it, and the two switches to come in with. */
export function LobbyPreview(props: LobbyPreviewProps) {
  const { room, preview, microphone, camera, onMicrophone, onCamera } = props;
  const { t } = useTranslation();
  const me = useTwinSpace((state) => state.me ?? "");
  const name = useTwinSpace((state) => state.names[me] ?? null) ?? t("common.somebody");
  const number = useTwinSpace((state) => classOf(state, me)?.number ?? null);
  const audioDenied = useTwinSpace((state) => callRefusal(state, room, "publish_audio"));
  const videoDenied = useTwinSpace((state) => callRefusal(state, room, "publish_video"));
  const problem = useTwinSpace((state) => state.call.devices.problem);
  const isShown = camera && preview.camera !== null;
  const words =
    camera && preview.isAsking && preview.camera === null
      ? t("call.lobby.asking")
      : camera && problem.camera !== null
        ? t("call.trouble.camera")
        : t("call.lobby.cameraOff");

  return (
    <div className="lobby__preview">
      <div className="tile lobby__tile" data-class-colour={classColour(number)}>
        <div className="tile__nobody">
          <Avatar name={name} classNumber={number} country={null} />
          {!isShown && <p role="status">{words}</p>}
        </div>
        {isShown && preview.camera !== null && <OwnPicture track={preview.camera} />}
        <div className="tile__caption">
          <span className="tile__name">{t("call.tile.you", { name })}</span>
        </div>
      </div>
      <div className="lobby__switches">
        <BarButton
          icon={microphone ? "microphone" : "microphoneOff"}
          label={t("call.bar.microphone")}
          hint={t(microphone ? "call.bar.microphoneOn" : "call.bar.microphoneOff")}
          isOn={microphone}
          look={microphone ? "plain" : "off"}
          isDisabled={audioDenied !== null}
          onPress={() => onMicrophone(!microphone)}
        />
        <BarButton
          icon={camera ? "camera" : "cameraOff"}
          label={t("call.bar.camera")}
          hint={t(camera ? "call.bar.cameraOn" : "call.bar.cameraOff")}
          isOn={camera}
          look={camera ? "plain" : "off"}
          isDisabled={videoDenied !== null}
          onPress={() => onCamera(!camera)}
        />
      </div>
      {(audioDenied ?? videoDenied) !== null && (
        <p className="field__hint">{failureText(t, audioDenied ?? videoDenied ?? "unknown", "")}</p>
      )}
    </div>
  );
}

function OwnPicture({ track }: { track: MediaStreamTrack }) {
  const { t } = useTranslation();
  const video = useRef<HTMLVideoElement>(null);
  useEffect(() => {
    if (video.current !== null) {
      video.current.srcObject = new MediaStream([track]);
    }
  }, [track]);
  return (
    <video
      ref={video}
      className="tile__video"
      data-mirrored="true"
      aria-label={t("call.lobby.preview")}
      autoPlay
      muted
      playsInline
    />
  );
}
