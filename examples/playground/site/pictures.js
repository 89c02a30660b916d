// Pictures on a canvas, a value a pixel: weights, the loss around the weights, an image of the data.
import {colours, rgb} from "./dom.js";

const blend = (from, to, part) => from.map((value, k) => value + (to[k] - value) * part);

// A canvas of width x height, each pixel given by colour(x, y), shown `zoom` times as wide and `tall` times as high.
export function pixels(canvas, width, height, zoom, colour, tall = zoom) {
  canvas.width = width;
  canvas.height = height;
  canvas.style.width = width * zoom + "px";
  canvas.style.height = tall === zoom ? "auto" : height * tall + "px";
  canvas.style.imageRendering = "pixelated";
  const context = canvas.getContext("2d"), image = context.createImageData(width, height);
  for (let y = 0, at = 0; y < height; ++y)
    for (let x = 0; x < width; ++x, at += 4) {
      const [r, g, b] = colour(x, y);
      image.data[at] = r;
      image.data[at + 1] = g;
      image.data[at + 2] = b;
      image.data[at + 3] = 255;
    }
  context.putImageData(image, 0, 0);
}

// values[input][unit]. For images each unit is a picture of its own; otherwise a row an input, a column a unit.
export function paint_weights(canvas, values, image, every = 1) {
  const {paper, right, wrong, soft} = Object.fromEntries(
      Object.entries(colours()).filter(([, hex]) => typeof hex === "string").map(([name, hex]) => [name, rgb(hex)]));
  const size = values.flat().filter(Number.isFinite).map(Math.abs).sort((a, b) => a - b);
  const most = size[Math.floor(0.98 * (size.length - 1))] || 1;
  const shade = w => blend(paper, w > 0 ? right : wrong, Math.min(1, Math.abs(w) / most));
  if (image && image[0] * image[1] === values.length) {
    const [h, w] = image, units = Math.min(32, values[0].length), across = Math.min(8, units),
              down = Math.ceil(units / across);
    pixels(
        canvas, across * (w + 1) - 1, down * (h + 1) - 1, Math.max(1, Math.floor(300 / (across * (w + 1)))), (x, y) => {
          const unit = Math.floor(y / (h + 1)) * across + Math.floor(x / (w + 1)), dx = x % (w + 1), dy = y % (h + 1);
          return dx === w || dy === h || unit >= units ? soft : shade(values[dy * w + dx][unit]);
        });
    return `Each picture is one unit, ${units} of ${
        values[0].length}. Blue pixels speak for it, orange ones against it.`;
  }
  const rows = Math.min(64, values.length), columns = Math.min(128, values[0].length);
  const zoom = Math.max(1, Math.min(24, 380 / columns)), tall = Math.max(2, Math.min(24, Math.floor(240 / rows)));
  pixels(canvas, columns, rows, zoom, (x, y) => shade(values[y][x]), tall);
  if (every > 1)
    return `Each square is one of the weights; one of ${every} is shown. Blue is above zero, orange below.`;
  return `A row is an input, a column a unit: ${rows} × ${columns}` +
      (rows < values.length || columns < values[0].length ? ` of ${values.length} × ${values[0].length}` : "") +
      ". Blue is above zero, orange below.";
}

// Bands of equal steps in the logarithm, as on a map of mountains; a ring marks the weights.
export function paint_landscape(canvas, values) {
  const all = colours(), low = rgb(all.right), high = rgb(all.paper), size = values.length, zoom = 12;
  const finite = values.flat().filter(Number.isFinite).map(v => Math.log(v + 1e-6));
  const least = Math.min(...finite), most = Math.max(...finite, least + 1e-9);
  const part = v => Number.isFinite(v) ? (Math.log(v + 1e-6) - least) / (most - least) : 1;
  const at = (x, y) => {  // between the values, for smooth bands
    const cx = Math.min(size - 1, x / zoom), cy = Math.min(size - 1, y / zoom), i = Math.min(size - 2, Math.floor(cx)),
          j = Math.min(size - 2, Math.floor(cy));
    const mix = (a, b, t) => a + (b - a) * t;
    return mix(
        mix(part(values[j][i]), part(values[j][i + 1]), cx - i),
        mix(part(values[j + 1][i]), part(values[j + 1][i + 1]), cx - i), cy - j);
  };
  const side = (size - 1) * zoom;
  pixels(canvas, side, side, 1, (x, y) => blend(low, high, Math.floor(at(x, y) * 14) / 14));
  canvas.style.imageRendering = "auto";
  const context = canvas.getContext("2d");
  context.strokeStyle = all.wrong;
  context.lineWidth = 3;
  context.beginPath();
  context.arc(side / 2, side / 2, 7, 0, 2 * Math.PI);
  context.stroke();
}

export function paint_image(canvas, values, [height, width], zoom = 0) {
  const all = colours(), paper = rgb(all.paper), ink = rgb(all.ink), most = Math.max(...values) || 1,
        least = Math.min(0, ...values);
  const channels = values.length / (height * width);
  pixels(
      canvas, width, height, zoom || Math.max(1, Math.floor(72 / width)),
      (x, y) => blend(paper, ink, (values[(y * width + x) * channels] - least) / (most - least)));
}
