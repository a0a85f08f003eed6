import type { PointwiseName } from '@spikeward/core'
import type { Counts } from './counts.js'

/** The count that each pointwise operation belongs to; null for one that computes nothing. */
export const pointwiseCounts: Readonly<Record<PointwiseName, keyof Counts | null>> = {
  // They change only the type or the derivative.
  cast: null,
  bitcast: null,
  stopGradient: null,
  // Constants are not counted.
  iota: null,
  neg: 'additions',
  abs: 'additions',
  sign: 'additions',
  floor: 'additions',
  add: 'additions',
  sub: 'additions',
  max: 'additions',
  min: 'additions',
  lt: 'additions',
  le: 'additions',
  eq: 'additions',
  ne: 'additions',
  not: 'additions',
  and: 'additions',
  or: 'additions',
  xor: 'additions',
  shiftLeft: 'additions',
  shiftRight: 'additions',
  select: 'additions',
  mul: 'multiplications',
  div: 'multiplications',
  rem: 'multiplications',
  exp: 'functions',
  log: 'functions',
  sqrt: 'functions',
  sin: 'functions',
  cos: 'functions',
  tanh: 'functions',
  erf: 'functions',
  pow: 'functions',
  threefry: 'random',
}
