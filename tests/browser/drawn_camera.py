"""A camera that shows drawn people, for pictures of calls: there are no real children in this repository."""

from playwright.async_api import BrowserContext

DRAWN_CAMERA = """
((hue, people) => {
  if (navigator.mediaDevices === undefined) return;
  const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  const [width, height, rate] = [640, 360, 10];
  function person(context, x, y, size, place) {
    context.fillStyle = `hsl(${(hue + 40 * place) % 360} 45% 38%)`;
    context.beginPath();
    context.ellipse(x, y + 1.55 * size, 1.25 * size, size, 0, Math.PI, 0);
    context.fill();
    context.fillStyle = ["#e3bd94", "#c99a6b", "#f0d0ae", "#8d5f3c"][place % 4];
    context.beginPath();
    context.arc(x, y, 0.62 * size, 0, 2 * Math.PI);
    context.fill();
    context.fillStyle = ["#3d2b1f", "#6b4a2b", "#20202a", "#a0703c"][(place + hue) % 4];
    context.beginPath();
    context.arc(x, y - 0.08 * size, 0.66 * size, Math.PI, 0);
    context.fill();
  }
  function picture() {
    const canvas = document.createElement("canvas");
    Object.assign(canvas, { width, height });
    const context = canvas.getContext("2d", { alpha: false });
    let step = 0;
    const paint = () => {
      const wall = context.createLinearGradient(0, 0, width, height);
      wall.addColorStop(0, `hsl(${hue} 30% 78%)`);
      wall.addColorStop(1, `hsl(${hue} 30% 52%)`);
      context.fillStyle = wall;
      context.fillRect(0, 0, width, height);
      step += 0.15;
      const columns = people === 1 ? 1 : 6;
      const size = people === 1 ? 120 : 44;
      for (let place = 0; place < people; place += 1) {
        const row = Math.floor(place / columns);
        const x = ((place % columns) + 0.5) * (width / columns) + 2 * Math.sin(step + place);
        person(context, x, people === 1 ? 165 : 95 + row * 95, size, place);
      }
    };
    paint();
    const track = canvas.captureStream(rate).getVideoTracks()[0];
    const timer = setInterval(paint, 1000 / rate);
    const stop = track.stop.bind(track);
    track.stop = () => { clearInterval(timer); stop(); };
    return track;
  }
  navigator.mediaDevices.getUserMedia = async ({ video, ...others }) => {
    const stream = others.audio ? await ask(others) : new MediaStream();
    if (video) stream.addTrack(picture());
    return stream;
  };
})
"""


async def draw_camera(context: BrowserContext, hue: int, people: int = 1) -> None:
    """Before the first page opens: its camera shows so many people in front of a wall of this hue (degrees)."""
    await context.add_init_script(f"{DRAWN_CAMERA}({hue}, {people});")
