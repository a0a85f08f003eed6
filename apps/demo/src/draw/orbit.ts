import { mat4, vec3 } from 'wgpu-matrix'

/** The position of the eye: angles in radians, distance in units of half the ground's side. */
export type Orbit = { readonly yaw: number; readonly pitch: number; readonly distance: number }

/** The initial view. */
export const firstOrbit: Orbit = { yaw: 0.7, pitch: 0.5, distance: 3.65 }

/** Turns and zooms. The eye stays above the ground, neither too near nor too far. */
export const turned = (o: Orbit, yaw: number, pitch: number, zoom = 1): Orbit => ({
  yaw: o.yaw + yaw,
  pitch: Math.min(1.5, Math.max(-0.1, o.pitch + pitch)),
  distance: Math.min(9, Math.max(2, o.distance * zoom)),
})

/** Angle of a turn by one key press. */
const TURN = 0.12

/** The view after a key press, or null if the key has no meaning. */
export function keyed(o: Orbit, key: string): Orbit | null {
  const moves: Readonly<Record<string, () => Orbit>> = {
    ArrowLeft: () => turned(o, -TURN, 0),
    ArrowRight: () => turned(o, TURN, 0),
    ArrowUp: () => turned(o, 0, TURN),
    ArrowDown: () => turned(o, 0, -TURN),
    '+': () => turned(o, 0, 0, 0.9),
    '=': () => turned(o, 0, 0, 0.9),
    '-': () => turned(o, 0, 0, 1 / 0.9),
    Home: () => firstOrbit,
  }
  return moves[key]?.() ?? null
}

/** The view of a surface: the matrix from the world to clip space, column-major, and the position of the eye. */
export type Camera = { readonly view: Float32Array; readonly eye: Float32Array }

/** The camera of an orbit. Narrow pictures are seen from farther away. */
export function camera({ yaw, pitch, distance }: Orbit, aspect: number): Camera {
  const far = distance * Math.max(1, 1.35 / aspect)
  const eye = vec3.create(
    far * Math.cos(pitch) * Math.sin(yaw),
    far * Math.sin(pitch),
    far * Math.cos(pitch) * Math.cos(yaw),
  )
  const view = mat4.multiply(mat4.perspective(0.62, aspect, 0.1, 40), mat4.lookAt(eye, [0, -0.45, 0], [0, 1, 0]))
  return { view, eye }
}
