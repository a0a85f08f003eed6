import * as sw from "@spikeward/core";
import { native } from "@spikeward/backend-native";
const b = await native({ threads: 1 });
const time = async (f, flops, name) => {
  for (let i = 0; i < 3; i++) f();
  let best = Infinity;
  for (let r = 0; r < 12; r++) {
    const t = performance.now();
    f();
    best = Math.min(best, performance.now() - t);
  }
  console.log(name.padEnd(50), best.toFixed(2), "ms", (flops / best / 1e6).toFixed(1), "GFLOP/s");
};
const T = async (shape, f = (x) => x) => (await sw.toBackend([f(sw.normal(sw.key(1), shape))], b))[0];
const run1 = async (name, fn, args, flops, show = false) => {
  const j = sw.jit(fn);
  const out = j(...args);
  if (show) console.log(j.inspect(...args).executable.source?.slice(0, 3e3));
  await time(() => {
    sw.treeLeaves(j(...args)).forEach((t) => t.dispose());
  }, flops, name);
};
for (const [N, H, C, O, k] of [[16, 32, 32, 32, 3], [16, 32, 64, 64, 3], [8, 64, 16, 16, 3], [16, 28, 3, 32, 5]]) {
  const x = await T([N, H, H, C]), w = await T([k, k, C, O]), xs = await T([N, H, H, C], (x2) => sw.cast(sw.greater(x2, 0.84), "f32"));
  const fl = 2 * N * H * H * C * O * k * k;
  console.log(`N${N} ${H}x${H} ${C}->${O} k${k}`);
  await run1("peak product", (a, b2) => sw.matmul(a, b2), [await T([N * H * H, C * k * k]), await T([C * k * k, O])], fl);
  await run1("forward", (x2, w2) => sw.conv(x2, w2, { edges: "zeros" }), [x, w], fl, N === 16 && C === 64);
  await run1("forward spikes 20%", (x2, w2) => sw.conv(sw.cast(sw.greater(x2, 0.84), "f32"), w2, { edges: "zeros" }), [x, w], fl);
  await run1("fwd+bwd", (x2, w2, c) => {
    const [y, p] = sw.vjp((x3, w3) => sw.conv(x3, w3), x2, w2);
    return [y, p(c)];
  }, [x, w, await T([N, H, H, O])], 3 * fl, N === 16 && C === 64);
  await run1("bwd w", (x2, w2, c) => {
    const [y, p] = sw.vjp((w3) => sw.conv(x2, w3), w2);
    return [p(c)];
  }, [x, w, await T([N, H, H, O])], fl);
  await run1("bwd x", (x2, w2, c) => {
    const [y, p] = sw.vjp((x3) => sw.conv(x3, w2), x2);
    return [p(c)];
  }, [x, w, await T([N, H, H, O])], fl);
}
for (const [N, n, C, m] of [[20, 128, 24, 12], [20, 1024, 64, 16]]) {
  const x = await T([N, n, C]), re = await T([m, C, C]), im = await T([m, C, C]);
  const fl = 2 * N * n * C * 2 * m * 2 + 2 * N * m * 2 * C * 2 * C;
  await run1(`spectral fwd ${N} ${n} ${C} ${m}`, (x2, re2, im2) => sw.spectralConv(x2, { re: re2, im: im2 }), [x, re, im], fl, n === 128);
  await run1("spectral fwd+bwd", (x2, re2, im2, c) => {
    const [y, p] = sw.vjp((x3, re3, im3) => sw.spectralConv(x3, { re: re3, im: im3 }), x2, re2, im2);
    return [y, p(c)];
  }, [x, re, im, await T([N, n, C])], 3 * fl);
}
{
  const x = await T([4, 64, 64, 24]), re = await T([24, 12, 24, 24]), im = await T([24, 12, 24, 24]);
  const fl = 1;
  await run1(`spectral2d fwd`, (x2, re2, im2) => sw.spectralConv(x2, { re: re2, im: im2 }), [x, re, im], fl);
  await run1("spectral2d fwd+bwd", (x2, re2, im2, c) => {
    const [y, p] = sw.vjp((x3, re3, im3) => sw.spectralConv(x3, { re: re3, im: im3 }), x2, re2, im2);
    return [y, p(c)];
  }, [x, re, im, x], 3 * fl);
}
