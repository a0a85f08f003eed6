import type { Command } from 'commander'
import { scheduleFlags } from '@spikeward/experiment/node'
import { addFlags } from '../../usage/addFlags.js'

/**
 * Flags of commands that run many trials.
 *
 * @param shared help of `--shard`: the work of one shard
 */
export const addScheduleOptions = (command: Command, shared: string): Command =>
  addFlags(command.optionsGroup('Where trials run:'), scheduleFlags(shared))
