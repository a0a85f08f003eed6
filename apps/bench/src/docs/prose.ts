/** What docs/benchmarks.md says besides numbers. */

/** Above everything. */
export const introduction = `<!-- Written by \`npm run -s bench -- docs\` from docs/benchmarks/*.json; edit these, or apps/bench/src/docs/prose.ts. -->

# Benchmarks

Every number here comes from a command of this repository, kept as JSON in \`docs/benchmarks\`; this page is made
from these files, and the command that produced each table is above it. \`npm run -s bench -- all --out docs/benchmarks\` runs the
suite (\`apps/bench/src/suite/suite.ts\`), which has a row of the same name for each of these files; \`--only step-native,memory-cpu\`
selects some of its rows. Then \`npm run -s bench -- docs\`.
Shared machines are noisy: trust ratios from one run, not times from two.`

/** A chapter shows every stored run of one benchmark. */
export const chapters = [
  {
    command: 'step',
    title: 'One training step',
    about: `Random direction, tangent through the network, Adam, beside other libraries that take the same step from the
same numbers in alternating rounds. Each must find our loss and our derivative before it is timed. The table shows each peer's fastest form,
and its fastest form that leaves the differentiation to the library. "Derivatives by hand" is the tangent or the
backward loop written out for this network, which a user of that library would have to write. PyTorch runs with unthrottled OpenBLAS and a
warm allocator. A value below 1 in the last column means that Spikeward is faster.`,
  },
  {
    command: 'table',
    title: 'Forward only against back-propagation',
    about: `One random direction a step, two plain forward passes (spsa) and back-propagation on the same backend, in alternating
rounds; runs kept before spsa was measured lack it. The paper reports a saving
of 66% in training cost; its derivation is not public. What is measured here: the last column in time, none in operations, and
the memory below. Other work on a machine adds to wall-clock times, and more to those of long steps.
Processor time counts only what the step itself took, so read its ratio where the machine was busy.`,
  },
  {
    command: 'memory',
    title: 'Memory against time steps',
    about: `Forward mode holds one chunk of time whatever T is; back-propagation stores every layer's membrane for all
steps. \`bp/checkpoint\`, where it was measured, keeps the states once in √T steps and runs the steps between them a second time.`,
  },
  {
    command: 'scaling',
    title: 'Scaling',
    about: 'One factor at a time around the step above. What is too big for memory or time is listed with the reason.',
  },
  {
    command: 'grid',
    title: 'SepONet against DeepONet on a growing grid',
    about: `The same training step of both networks on the same square grid. A DeepONet runs its spiking trunk at all n² points,
a SepONet at n coordinates of each axis; only the product of their outputs has n² elements.`,
  },
  {
    command: 'peers',
    title: 'Steps and trainings of other libraries',
    about: `The Mexican hat is trained to a given validation error from parameters of the same law: by the back-propagation of
each library in its fastest form, by ours, and forward only. All climb the same ladder of lengths; compiling is in our seconds and not in theirs. \`npm run -s bench -- setup-peers\` installs what Debian has.`,
  },
  {
    command: 'accuracy',
    title: 'Accuracy',
    about: `\`npm run -s spikeward -- train …\` for each cell, with that command's own settings or those that stand
with it, chosen by the validation points: those of \`rfg\`, \`activity\` and \`spsa\` on the Mexican hat by the searches
[below](#settings-and-how-they-were-chosen), with a key that is none of these. \`eligibility\` and \`gaussNewton\` are forward only as
well; they rely on neurons of one layer not acting on each other, and are exact for one hidden layer. The paper reports 0.0426
(global), 0.0342 (layer-wise) and 0.0298 (back-propagation) on the Mexican hat with settings that are not public; reaching lower numbers on our function does not prove that its problem is reproduced.`,
  },
  {
    command: 'search',
    title: 'Settings, and how they were chosen',
    about: `Learning rates of the rows of the Mexican hat above. Each rate was tried with a key that no result uses, and the one with the least error on the
validation points was taken. Errors on the test points are dropped before anything is stored or shown. The command tries at least five rates half
a decade apart from 1e-4 upwards and goes on beyond an end for as long as the best rate is there. The runs stored here are older: they tried the three
rates that their options name. A fourth one, of \`rfg\` with a solved readout, ended at its lowest rate and is withdrawn; the rate of that row is no
optimum. The machine did other work meanwhile: steps are fixed, seconds here are no measurement.`,
  },
  {
    command: 'tuned',
    title: 'Estimators at equal steps, each at its own best rate',
    about: `Every estimator takes the same number of steps. Its learning rate is the best of a search of its own: at least five rates half a decade
apart from 1e-4 upwards, every run at full length, and further rates beyond an end for as long as the best one is at that end. A test
refuses a stored table with a best rate at an edge. Keys of the search are none of the tests. The training points are a fixed grid, so that
only networks, mini-batches and noise have keys. The JSON keeps every trial. The trials of one table may come from several sittings of the same command, which goes on
where it was cut off, on a machine that did other work: steps are fixed, and seconds here are no measurement.`,
  },
  {
    command: 'roofline',
    title: 'Kernels beside what the machine can do',
    about: `Each kernel and product of a training step run alone, beside the measured peaks of the machine for arithmetic and for memory.`,
  },
] as const
