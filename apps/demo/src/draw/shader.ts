/**
 * Shaders of the surface. Heights are read by vertex number, so that a new prediction is one copy to a buffer. The
 * surface is the prediction, lit from above; its colour shows the error, and its thin lines a grid in the inputs. The
 * target is a net of lines.
 */
export const shader = /* wgsl */ `
struct Scene {
  view: mat4x4f,
  /** eye, the component that is drawn. */
  eye: vec4f,
  /** rows, columns, share of the new prediction, largest error. */
  shape: vec4f,
  /** middle of the heights, scale of the heights, columns between two lines of the net, components at each point. */
  height: vec4f,
  over: vec4f,
  even: vec4f,
  under: vec4f,
  ink: vec4f,
}
@group(0) @binding(0) var<uniform> scene: Scene;
@group(0) @binding(1) var<storage, read> before: array<f32>;
@group(0) @binding(2) var<storage, read> after: array<f32>;
@group(0) @binding(3) var<storage, read> goal: array<f32>;

struct Point {
  @builtin(position) clip: vec4f,
  @location(0) world: vec3f,
  @location(1) normal: vec3f,
  @location(2) error: f32,
  @location(3) grid: vec2f,
}

fn at(i: vec2i) -> u32 {
  let top = vec2i(scene.shape.xy) - 1;
  let c = clamp(i, vec2i(0), top);
  return u32(c.x * i32(scene.shape.y) + c.y) * u32(scene.height.w) + u32(scene.eye.w);
}
fn value(i: vec2i) -> f32 { return mix(before[at(i)], after[at(i)], scene.shape.z); }
fn lift(y: f32) -> f32 { return (y - scene.height.x) * scene.height.y; }
fn ground(i: vec2i) -> vec2f { return 2.0 * vec2f(i) / (scene.shape.xy - 1.0) - 1.0; }

const corners = array(vec2i(0, 0), vec2i(0, 1), vec2i(1, 0), vec2i(1, 0), vec2i(0, 1), vec2i(1, 1));

@vertex fn surface(@builtin(vertex_index) k: u32) -> Point {
  let columns = u32(scene.shape.y) - 1u;
  let cell = k / 6u;
  let i = vec2i(vec2u(cell / columns, cell % columns)) + corners[k % 6u];
  let y = value(i);
  let g = ground(i);
  let step = 2.0 / (scene.shape.xy - 1.0);
  let dx = (lift(value(i + vec2i(1, 0))) - lift(value(i - vec2i(1, 0)))) / (2.0 * step.x);
  let dz = (lift(value(i + vec2i(0, 1))) - lift(value(i - vec2i(0, 1)))) / (2.0 * step.y);
  let world = vec3f(g.x, lift(y), g.y);
  return Point(scene.view * vec4f(world, 1.0), world, normalize(vec3f(-dx, 1.0, -dz)), y - goal[at(i)], g);
}

fn line(x: f32) -> f32 {
  let scaled = x * 8.0;
  let distance = abs(fract(scaled - 0.5) - 0.5) / max(fwidth(scaled), 1e-4);
  return 1.0 - min(distance, 1.0);
}

@fragment fn lit(p: Point, @builtin(front_facing) front: bool) -> @location(0) vec4f {
  let e = clamp(p.error / scene.shape.w, -1.0, 1.0);
  let tint = select(scene.under.rgb, scene.over.rgb, e > 0.0);
  let base = mix(scene.even.rgb, tint, smoothstep(0.03, 1.0, abs(e)));
  let toEye = normalize(scene.eye.xyz - p.world);
  var n = normalize(p.normal);
  if (dot(n, toEye) < 0.0) { n = -n; }
  let sun = normalize(vec3f(0.5, 1.0, 0.35));
  let diffuse = max(dot(n, sun), 0.0);
  let sky = 0.5 + 0.5 * n.y;
  let shine = pow(max(dot(n, normalize(sun + toEye)), 0.0), 32.0) * 0.07;
  let mesh = max(line(p.grid.x), line(p.grid.y)) * 0.14;
  let colour = base * (0.34 + 0.2 * sky + 0.55 * diffuse) + shine;
  return vec4f(mix(colour, scene.ink.rgb, mesh), 1.0);
}

/** Opacity of the net, and of its lines behind the surface. */
const netOpacity = 0.55;
const ghostOpacity = 0.3 * netOpacity;

/** Two ends of a short line for every vertex pair: first the lines along columns, then those along rows. */
@vertex fn net(@builtin(vertex_index) k: u32) -> @builtin(position) vec4f {
  let stride = u32(scene.height.z);
  let rows = u32(scene.shape.x);
  let columns = u32(scene.shape.y);
  let along = (columns - 1u) * 2u;
  let lines = (rows - 1u) / stride + 1u;
  var i: vec2i;
  if (k < lines * along) {
    let inLine = k % along;
    i = vec2i(vec2u((k / along) * stride, inLine / 2u + inLine % 2u));
  } else {
    let rest = k - lines * along;
    let across = (rows - 1u) * 2u;
    let inLine = rest % across;
    i = vec2i(vec2u(inLine / 2u + inLine % 2u, (rest / across) * stride));
  }
  let g = ground(i);
  return scene.view * vec4f(g.x, lift(goal[at(i)]) + 0.004, g.y, 1.0);
}
@fragment fn drawn() -> @location(0) vec4f { return vec4f(scene.ink.rgb * netOpacity, netOpacity); }
@fragment fn ghost() -> @location(0) vec4f { return vec4f(scene.ink.rgb * ghostOpacity, ghostOpacity); }
`
