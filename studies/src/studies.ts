import { adapters } from './adapters.js'
import { architectures } from './architectures.js'
import { chip } from './chip.js'
import { cosines } from './cosines.js'
import { derivatives } from './derivatives.js'
import { distributed } from './distributed.js'
import { energy } from './energy.js'
import { events } from './events.js'
import { eventsInPlane } from './eventsInPlane.js'
import { eventsOnChip } from './eventsOnChip.js'
import { eventsOneShot } from './eventsOneShot.js'
import { eventsOnFlows } from './eventsOnFlows.js'
import { eventsOnStreams } from './eventsOnStreams.js'
import { faults } from './faults.js'
import { forecasts } from './forecasts.js'
import { grids, gridsOfBurgers } from './grids.js'
import { jump } from './jump.js'
import { layers } from './layers.js'
import { learn } from './learn.js'
import { learnOnChip } from './learnOnChip.js'
import { long } from './long.js'
import { mackeyGlassForecast } from './mackeyGlass.js'
import { onlineLearning } from './online.js'
import { ownData } from './ownData.js'
import { intervals, ownEquations } from './ownFiles.js'
import { ownTables } from './ownTables.js'
import { page } from './page.js'
import { precision } from './precision.js'
import { pytorch, pytorchLarge, pytorchRollouts } from './pytorch.js'
import { published } from './published.js'
import { ratios } from './ratios.js'
import { rollouts, rolloutsOfFronts } from './rollouts.js'
import { directions, scale } from './scale.js'
import { sequences } from './sequences.js'
import { start } from './start.js'
import { stream } from './stream.js'
import { streams } from './streams.js'
import { times } from './times.js'
import { plateTwin, twin } from './twin.js'
import type { Study } from './tools.js'

const tables: readonly Study[] = [
  ...[scale, directions, cosines, long, sequences, onlineLearning, learn, page, mackeyGlassForecast, forecasts, jump],
  ...[learnOnChip, twin, plateTwin, streams, adapters, ownData, ownTables, ownEquations, intervals, architectures],
  ...[grids, gridsOfBurgers, published, pytorch, pytorchLarge, pytorchRollouts, layers, rollouts, rolloutsOfFronts],
  ...[ratios, derivatives, precision, start, stream],
  ...[distributed, faults],
  ...[energy, chip, events, eventsInPlane, eventsOnChip, eventsOnFlows, eventsOnStreams, eventsOneShot],
]

/** All studies, in the order of the help. */
export const studies: readonly Study[] = [...tables, times(tables.map(({ name }) => name))]
