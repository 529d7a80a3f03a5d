/**
 * Runs in the page before its own scripts: `drawings` has of each time that the paper was painted its frame, the milliseconds that
 * took, all points of its lines, and the most that a line had for each pixel of the paper's width.
 */
globalThis.drawings = [];

{
  const { prototype } = CanvasRenderingContext2D;
  const { requestAnimationFrame } = globalThis;
  let frame = 0;
  let drawing;
  let points = 0;

  const isPaper = ({ canvas }) =>
    canvas.parentElement?.matches(".paper") && canvas === canvas.parentElement.firstElementChild;
  const wrap = (name, before) => {
    const own = prototype[name];
    prototype[name] = function (...values) {
      if (isPaper(this)) before(this);
      return own.apply(this, values);
    };
  };
  globalThis.requestAnimationFrame = (run) =>
    requestAnimationFrame.call(globalThis, (now) => {
      // All that is run in a frame is given the same time.
      frame = now;
      drawing = undefined;
      const start = performance.now();
      run(now);
      if (!drawing) return;
      // Nothing is drawn before it must be: the pixels are asked for.
      drawing.g.getImageData(0, 0, 1, 1);
      drawing.ms = performance.now() - start;
      delete drawing.g;
    });
  wrap("setTransform", (g) => {
    drawing = { frame, ms: 0, points: 0, mostPerPixel: 0, g };
    globalThis.drawings.push(drawing);
  });
  wrap("beginPath", () => {
    points = 0;
  });
  for (const name of ["moveTo", "lineTo"]) {
    wrap(name, () => {
      points++;
    });
  }
  wrap("stroke", ({ canvas }) => {
    if (!drawing) return;
    drawing.points += points;
    drawing.mostPerPixel = Math.max(drawing.mostPerPixel, points / canvas.width);
  });
}
