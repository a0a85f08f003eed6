/** The text of docs/benchmarks.md besides the numbers. */

/** The introduction of the page. */
export const introduction = `<!-- Written by \`npm run -s bench -- docs\` from docs/benchmarks/*.json; edit these, or apps/bench/src/docs/prose.ts. -->

# Benchmarks

Every number here was measured by a command of this repository and is stored as JSON in \`docs/benchmarks\`. This page is generated
from these files; the command that measured a table is above it. To reproduce the files, run
\`npm run -s bench -- all --out docs/benchmarks\`: the suite (\`apps/bench/src/suite/suite.ts\`) has a row of the same name for each
file, and \`--only step-native,memory-cpu\` selects rows. \`npm run -s bench -- docs\` then writes this page.
Shared machines are noisy: trust ratios from one run, not times from two.`

/** A chapter shows every stored run of one benchmark. */
export const chapters = [
  {
    command: 'step',
    title: 'One training step',
    about: `A step draws a random direction, computes the tangent through the network, and applies Adam. Other libraries take the same step from
the same numbers in alternating rounds; each must find our loss and our derivative before it is timed. The table shows each
peer's fastest form, and its fastest form that leaves the differentiation to the library. "Derivatives by hand" means that the tangent
or the reverse loop is written out for this network, which a user of that library would have to do. PyTorch runs with unthrottled
OpenBLAS and a warm allocator. A value below 1 in the last column means that Spikeward is faster.`,
  },
  {
    command: 'table',
    title: 'Forward only against back-propagation',
    about: `The tables compare one random direction per step, two forward passes (spsa) and back-propagation on the same backend, in alternating
rounds; runs stored before spsa was measured lack it. The paper reports a saving of 66% in training cost; its derivation is not
public. The saving measured here is the last column in time, nothing in operations, and the memory below. Other work on a machine
adds to wall-clock times, and more to those of long steps. Processor time counts only the step itself, so use its ratio if the
machine was busy.`,
  },
  {
    command: 'memory',
    title: 'Memory against time steps',
    about: `Forward mode holds one chunk of time for any T; back-propagation stores every layer's membrane for all
steps. \`bp/checkpoint\` stores the states once in √T steps and repeats the steps in between.`,
  },
  {
    command: 'scaling',
    title: 'Scaling',
    about:
      'One factor at a time is varied around the step above. Steps that need too much memory or time are listed with the reason.',
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
    about: `The Mexican hat is trained to a given validation error from parameters of the same distribution: by the
back-propagation of each library in its fastest form, by ours, and forward only. All use the same sequence of training lengths. Our
seconds include compilation, theirs do not. \`npm run -s bench -- setup-peers\` installs the peers that Debian packages.`,
  },
  {
    command: 'energy',
    title: 'Operations, memory traffic and modelled energy',
    about: `A step of each estimator is counted from the run itself, value by value: zeros cost nothing in effective counts. Numbers are
those of back-propagation's step divided out, so 0.34 is the paper's saving of 66%. Energy is a range of a model with its sources, not
a measurement; the second table multiplies a step by the steps to the same validation error.`,
  },
  {
    command: 'quantised',
    title: 'Networks in the integers of a chip',
    about: `Networks that were trained in floats, with weights of 8, 6 and 4 bits, biases, thresholds and leaks in the words of a simulated
Loihi 2. Nothing is trained again but, in the second table, the readout on the host.`,
  },
  {
    command: 'device',
    title: 'Training on a simulated chip',
    about: `Integers of Loihi 2 with graded inputs: perturbations of ±2^k, true spikes, two losses from the host, updates by shifts with
stochastic rounding. An imperfect device spreads thresholds and decays and has 1 % of its synapses stuck at 0. Every row shows the
readout as it was and solved by ridge regression on the host.`,
  },
  {
    command: 'accuracy',
    title: 'Accuracy',
    about: `Each cell is one run of \`npm run -s spikeward -- train …\` with the command's own settings or those named in the table, which were
chosen by the validation points. Those of \`rfg\`, \`activity\` and \`spsa\` on the Mexican hat come from the searches
[below](#settings-and-how-they-were-chosen), with a key that is not reported here. \`eligibility\` and \`gaussNewton\` are forward
only as well; they assume that neurons of one layer do not act on each other, and are exact for one hidden layer. The paper
reports 0.0426 (global), 0.0342 (layer-wise) and 0.0298 (back-propagation) on the Mexican hat with settings that are not public;
lower numbers on our function do not prove that its problem is reproduced.`,
  },
  {
    command: 'search',
    title: 'Settings, and how they were chosen',
    about: `Each rate was tried with keys that no result uses, and the rate with the least mean error on the validation points was chosen. Errors
on the test points are discarded before anything is stored or shown. The command tries at least five rates half a decade apart from 1e-4
upwards and continues beyond an end while the best rate is there; a test refuses a stored search with a best rate at an edge. The searches
of three rates that chose the rates of the Mexican hat were removed on 26 November 2026: with so few rates, their rows are not optima.
The machine did other work meanwhile: the number of steps is fixed, and the seconds are not a measurement.`,
  },
  {
    command: 'tuned',
    title: 'Estimators at equal steps, each at its own best rate',
    about: `Every estimator takes the same number of steps. Its learning rate is the best of its own search: at least five rates half a
decade apart from 1e-4 upwards, every run at full length, and further rates beyond an end while the best one is at that end. A test
refuses a stored table with a best rate at an edge. Searches and tests use different keys. The training points are a fixed grid, so
that only networks, mini-batches and noise have keys. The JSON stores every trial. The trials of one table may come from several
sessions of the same command, which continues an interrupted run, on a machine that did other work: the number of steps is fixed, and
the seconds are not a measurement.`,
  },
  {
    command: 'roofline',
    title: 'Kernels compared with the peaks of the machine',
    about:
      'Each kernel and product of a training step runs alone and is compared with the measured peaks of the machine for arithmetic and memory.',
  },
  {
    command: 'profile',
    title: 'The time of a step',
    about: 'Each kernel and product of the running step, the executable around them, and the JavaScript around that.',
  },
  {
    command: 'distributed',
    title: 'A step over ranks',
    about: `The directions, the batch or the gradients of one step are shared out over processes of Open MPI, each with one thread. The modelled links
add latency and limit bandwidth; the cost model is fitted to these rows, and its predictions for many machines are predictions, not
measurements.`,
  },
  {
    command: 'stream',
    title: 'Data larger than memory',
    about: `A data set is written as shards, and a training reads as many functions as it holds, drawn by key, each step its own while the step before
is computed. The bytes read and the resident memory of the whole process are counted. The two times tell something only if the machine was
quiet; that of 26 November 2026 was not.`,
  },
  {
    command: 'directions',
    title: 'Memory against directions',
    about: `A direction is a function of its key, and has as many numbers as there are parameters. One program for a step generates all K
directions and keeps them until the gradient is formed. Shares of one direction each keep one at a time for any K.`,
  },
] as const
