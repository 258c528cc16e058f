/**
 * The part of the page that takes part in a call: joins, publishes, shows, comes back. One call at a time, in the open
 * room. Components read `state.call` and call these methods; a refused method throws `CommandFailed` (or
 * `DeviceFailed`), whose code says why.
 */

import { asCommandFailed, CommandFailed, type FailureCode } from "../connection/failure";
import type { Push } from "../connection/link";
import type { Bandwidth, CallJoined, CallView, ParticipantKind } from "../protocol/generated";
import type { CallAction } from "../state/call";
import { callRefusal } from "../state/callSelectors";
import type { Store } from "../state/store";
import type { ActiveCall, BeginCall } from "./activeCall";
import { CarriedOver } from "./carriedOver";
import { Devices } from "./devices";
import { GoingAlong } from "./goingAlong";
import { LocalTracks } from "./localTracks";
import { Moderation } from "./moderation";
import { OwnControls } from "./ownControls";
import { OwnMedia } from "./ownMedia";
import { Participation } from "./participation";
import type { CallBrowser, Request } from "./ports";
import type { Picture } from "./slots";
import { Sound } from "./sound";
import { TileList } from "./tileList";
import { tileKey } from "./tiles";
import { Viewers } from "./viewers";

export interface CallClientOptions {
  store: Store;
  request: Request;
  browser: CallBrowser;
  /** The room that is open on the page. */
  openRoom(): string | null;
}

export interface JoinOptions {
  kind: ParticipantKind;
  microphone: boolean;
  camera: boolean;
  /** What carries the call: it comes with the calls' part of the page, which is loaded later. */
  begin: BeginCall;
}

export class CallClient {
  /** Lists, chooses and tries devices, before and during a call. */
  readonly devices: Devices;
  /** One's own microphone, camera and screen. */
  readonly controls: OwnControls;
  /** For teachers. */
  readonly moderation: Moderation;
  readonly #options: CallClientOptions;
  readonly #tracks = new LocalTracks();
  readonly #own: OwnMedia;
  readonly #participation: Participation;
  readonly #sound: Sound;
  readonly #viewers: Viewers;
  readonly #tiles: TileList;
  readonly #stops: (() => void)[];
  readonly #carriedOver = new CarriedOver(this);
  readonly #along = new GoingAlong({
    isOn: (room) => this.#viewOf(room) !== null,
    mayJoin: (room) => callRefusal(this.#options.store.getState(), room, "join_call") === null,
    join: (room) => this.#joinAlong(room),
    giveUp: () => (this.#phase === "out" ? this.#own.close() : this.#out(null)),
  });
  #active: ActiveCall | null = null;
  #beginCall: BeginCall | null = null;
  /** What peers have sent before the answer to `call.join` was read. */
  #early: Push[] = [];

  constructor(options: CallClientOptions) {
    const { browser, request } = options;
    this.#options = options;
    this.devices = new Devices({
      mediaDevices: browser.mediaDevices,
      onChange: (devices) => this.#dispatch({ type: "call-devices", devices }),
    });
    this.#dispatch({ type: "call-devices", devices: this.devices.state });
    this.#sound = new Sound(browser, (blocked) => this.#dispatch({ type: "call-sound", blocked }));
    this.#sound.setSpeaker(this.devices.state.chosen.speaker);
    this.devices.onPreview = () => this.#onPreview();
    this.devices.onSpeaker = (id) => this.#sound.setSpeaker(id);
    this.#tiles = new TileList((tiles) => this.#dispatch({ type: "call-tiles", tiles }));
    this.#viewers = new Viewers(browser.makeStream, (source) => this.#tiles.uncover(source));
    this.#own = new OwnMedia({
      devices: this.devices,
      tracks: this.#tracks,
      publish: async (medium, muted) => {
        await request("call.publish", { room: this.#room(), medium, muted });
      },
      unpublish: async (medium) => {
        await request("call.unpublish", { room: this.#room(), medium });
      },
      isInCall: () => this.#phase === "in",
      onPhase: (medium, phase) => this.#dispatch({ type: "call-own", medium, phase }),
    });
    this.controls = new OwnControls({
      own: this.#own,
      state: () => options.store.getState(),
      dispatch: (action) => this.#dispatch(action),
      requireCall: () => void this.#room(),
    });
    this.moderation = new Moderation({
      request,
      room: () => this.#room(),
      openRoom: () => this.#openRoom(),
    });
    this.#participation = new Participation({
      request,
      now: browser.now,
      onJoined: (joined) => this.#onJoined(joined),
      onDelayed: () => this.#noMove(),
      onRefused: (code) => this.#out(code),
    });
    this.#stops = [
      browser.onNetworkChange(() => this.#active?.onNetworkChange()),
      browser.onPageLeft(() => void this.leave()),
    ];
  }

  /** Join the call of the open room, or begin it. Devices that fail stay off; `state.call.devices` says why. */
  async join({ kind, microphone, camera, begin }: JoinOptions): Promise<void> {
    const room = this.#options.openRoom();
    if (room === null) {
      this.devices.stopPreview(); // the lobby has left them to the call
      throw new CommandFailed("not_joined", "The room is not open yet.", true);
    }
    if (this.#phase !== "out" || this.#along.isKept) {
      await this.leave();
    }
    this.#beginCall = begin;
    this.#dispatch({ type: "call-joining", room, kind });
    const joining = this.#participation.join(room, kind);
    this.#keepOrClose("audio", microphone);
    this.#keepOrClose("video", camera);
    try {
      await joining;
    } catch (error) {
      this.#out(asCommandFailed(error).code);
      throw error;
    }
  }

  async leave(): Promise<void> {
    const room = this.#participation.room;
    if (room !== null) {
      const left = this.#options.request("call.leave", { room });
      this.#out(null);
      await left.catch(() => {}); // without a connection it is over after its grace time
    } else if (this.#phase !== "out" || this.#along.isKept) {
      this.#out(null);
    }
  }

  /**
   * The page is led to another room: the call goes along, with microphone and camera as they are. Where none is on, one
   * `begins` it or waits for it a moment. False: one is in no call, or is a class camera, which stays where it is.
   */
  takeAlong(room: string, begins: boolean): boolean {
    const { kind } = this.#mine;
    if ((this.#phase === "out" && !this.#along.isKept) || kind === "class-camera") {
      return false;
    }
    const before = this.#participation.room;
    this.controls.pushToTalk(false);
    this.#end();
    if (before !== null) {
      this.#options.request("call.leave", { room: before }).catch(() => {});
    }
    this.#dispatch({ type: "call-out", room, code: null, forget: true }); // what one knew of a call there is old
    this.#dispatch({ type: "call-joining", room, kind });
    this.#own.goAlong();
    this.#along.setOut(room, begins);
    return true;
  }

  async raiseHand(raised: boolean): Promise<void> {
    await this.#options.request("call.hand", { room: this.#room(), raised });
  }

  /** Take less of the call, or all, or as much as the line carries. */
  async setBandwidth(choice: Bandwidth | "automatic"): Promise<void> {
    if (this.#active === null) {
      const now = choice === "automatic" ? "full" : choice;
      this.#dispatch({ type: "call-bandwidth", choice, now });
    } else {
      await this.#active.setBandwidth(choice);
    }
  }

  /** Make somebody large, or nobody. */
  async watch(participant: string | null): Promise<void> {
    this.#carriedOver.dropWatched();
    this.#dispatch({ type: "call-watching", participant });
    await this.#options.request("call.watch", { room: this.#room(), participant });
  }

  /**
   * Show somebody's picture (one's own too) in a `<video>` for as long as there is one. Answers how to stop.
   *
   * The element is hidden (`visibility`) until a frame of that participant is in it, and emptied before the server lets
   * another use the same slot: never a face under another's name. Call it when the tile is mounted; do not set
   * `srcObject` yourself. It is also fine to call it while there is no picture yet.
   */
  show(video: HTMLVideoElement, participant: string, medium: Picture): () => void {
    return this.#viewers.add(video, tileKey(participant, medium));
  }

  /** Play sound after the browser has blocked it; from a click. */
  async unblockSound(): Promise<void> {
    await this.#sound.unblock();
  }

  /** What the server pushes about calls; anything else is ignored. */
  onPush(push: Push): void {
    switch (push.name) {
      case "call":
        this.#onView({ type: "call-view", view: push.payload });
        break;
      case "call_changed":
        this.#onView({ type: "call-changed", change: push.payload });
        break;
      case "call_speaking":
        this.#dispatch({ type: "call-speaking", ...push.payload });
        break;
      default:
        this.#onOwnPush(push);
    }
  }

  /** A connection has joined the room: take part again if one did. */
  onRoomJoined(room: string): void {
    const isExpected = this.#phase === "reconnecting" || this.#participation.isOnItsWay;
    if (isExpected && this.#participation.room === room) {
      this.#participation.comeBack();
    }
    this.#along.arrive(room);
  }

  /** The connection to the server was lost, or given up for a move. Media goes on by itself as long as it can. */
  onLinkLost({ isMove }: { isMove: boolean }): void {
    if (this.#phase === "in") {
      this.#carriedOver.keep(this.#options.store.getState());
      this.#dispatch({ type: "call-reconnecting", isMove });
    } else if (!isMove) {
      this.#noMove();
    }
    if (this.#phase === "reconnecting" || this.#participation.isOnItsWay) {
      this.#participation.suspend();
    }
  }

  /** One goes to another room (`code` null), or was put out of this one. Leaving the room leaves its call. */
  onRoomLeft(room: string, code: FailureCode | null): void {
    if (this.#participation.room === room || this.#along.room === room) {
      this.#out(code);
    }
  }

  close(): void {
    void this.leave();
    this.devices.stopPreview();
    for (const stop of this.#stops) {
      stop();
    }
  }

  get #mine() {
    return this.#options.store.getState().call.mine;
  }

  get #phase() {
    return this.#mine.phase;
  }

  #dispatch(action: CallAction): void {
    this.#options.store.dispatch(action);
  }

  /** The room of the call one is in; throws when one is in none. */
  #room(): string {
    const room = this.#participation.room;
    if (room === null) {
      throw new CommandFailed("not_in_call", "Not in a call.", false);
    }
    return room;
  }

  /** Teachers rule the call of the room they look at, in it or not. */
  #openRoom(): string {
    return this.#participation.room ?? this.#options.openRoom() ?? this.#room();
  }

  #keepOrClose(medium: "audio" | "video", on: boolean): void {
    if (on) {
      this.#own.set(medium, true).catch(() => {}); // its state says so
    } else {
      this.devices.close(medium === "audio" ? "microphone" : "camera");
    }
  }

  /** A lobby is opened: its devices are its own, and nobody is waited for any more who would lead one on. */
  #onPreview(): void {
    if (this.#along.isKept) {
      this.#along.end();
      this.#own.close();
    }
  }

  #onJoined(joined: CallJoined): void {
    this.#dispatch({ type: "call-joined", joined });
    const current = { ...joined, call: this.#viewOf(joined.call.room) ?? joined.call };
    if (joined.resumed && this.#active !== null) {
      this.#active.resume(current);
    } else {
      this.#active?.close();
      this.#active = this.#begin(current);
    }
    const early = this.#early;
    this.#early = [];
    for (const push of early) {
      this.#onOwnPush(push);
    }
    void this.#own.publishAll({ resumed: joined.resumed });
    if (joined.resumed) {
      this.#carriedOver.drop();
    }
    this.#carriedOver.takeUp(current.call);
  }

  /** Coming back is not the short way to another server (any more). */
  #noMove(): void {
    if (this.#phase === "reconnecting" && this.#mine.isMove) {
      this.#dispatch({ type: "call-reconnecting", isMove: false });
    }
  }

  #begin(joined: CallJoined): ActiveCall | null {
    const { request, browser } = this.#options;
    return (
      this.#beginCall?.({
        joined,
        request,
        browser,
        tracks: this.#tracks,
        mine: () => this.#mine,
        dispatch: (action) => this.#dispatch(action),
        onPictures: (sources) => {
          this.#viewers.update(sources);
          this.#tiles.update(sources);
        },
        onVoices: (tracks) => this.#sound.play(tracks),
        onRefused: ({ code }) => this.#onOfferRefused(code),
      }) ?? null
    );
  }

  /** The server does not know us (any more) and the connection is there: join anew. Else it is over. */
  #onOfferRefused(code: FailureCode): void {
    if (code === "not_in_call" && this.#phase === "in") {
      this.#dispatch({ type: "call-reconnecting", isMove: false });
      this.#participation.comeBack();
    } else if (this.#phase === "in") {
      const room = this.#room();
      this.#out(code);
      this.#options.request("call.leave", { room }).catch(() => {});
    }
  }

  #onView(action: Extract<CallAction, { type: "call-view" | "call-changed" }>): void {
    const room = this.#participation.room;
    const before = this.#viewOf(room);
    this.#dispatch(action);
    const view = this.#viewOf(room);
    if (view !== null && view !== before && this.#phase === "in") {
      const { me } = this.#mine;
      const find = (call: CallView | null) =>
        call?.participants.find((participant) => participant.id === me) ?? null;
      this.#active?.update(view);
      this.#own.onParticipant(find(before), find(view));
      this.#carriedOver.takeUp(view);
    }
    this.#along.look();
  }

  /** Joins with what is open already. */
  #joinAlong(room: string): void {
    this.#participation.joinPatiently(room, this.#mine.kind);
  }

  /** What is for the participant alone. */
  #onOwnPush(push: Push): void {
    if (!("room" in push.payload) || push.payload.room !== this.#participation.room) {
      return;
    }
    if (push.name === "call_left") {
      this.#out(push.payload.code, push.payload.by ?? null);
    } else if (this.#active === null) {
      this.#early.push(push);
    } else {
      this.#active.onPush(push);
    }
  }

  #viewOf(room: string | null): CallView | null {
    return room === null ? null : (this.#options.store.getState().call.views[room] ?? null);
  }

  /** Out of the call: everything is closed, and `code` says why, if not by oneself. `by`: who has ended it for all. */
  #out(code: FailureCode | null, by: string | null = null): void {
    const room = this.#participation.room ?? this.#mine.room ?? "";
    // A revision below 0: nothing was heard of the call since the connection was lost, so it may be long over.
    const forget = (this.#viewOf(room)?.revision ?? 0) < 0;
    const wasIn = this.#phase === "in" || this.#phase === "reconnecting";
    const isKept = this.#along.keepFor(wasIn ? code : null);
    if (isKept) {
      this.controls.pushToTalk(false);
    }
    this.#end();
    if (!isKept) {
      this.#own.close();
    }
    this.#dispatch({ type: "call-out", room, code, by, forget });
  }

  /** Nothing is sent or heard any more. */
  #end(): void {
    this.#participation.end();
    this.#early = [];
    this.#carriedOver.drop();
    this.#active?.close();
    this.#active = null;
    this.#sound.close();
  }
}
