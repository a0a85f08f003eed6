/** The text of docs/benchmarks.md besides the numbers. */

/** The introduction of the page. */
export const introduction = `<!-- Written by \`npm run -s bench -- docs\` from docs/benchmarks/*.json; edit these, or apps/bench/src/docs/prose.ts. -->

# Benchmarks

A command of this repository measured every number on this page and stored it as JSON in \`docs/benchmarks\`. The page is generated from
these files, and each table shows its command. To reproduce the files, run
\`npm run -s bench -- all --out docs/benchmarks\`: the suite (\`apps/bench/src/suite/suite.ts\`) has a row of the same name for each
file, and \`--only step-native,memory-cpu\` selects rows. \`npm run -s bench -- docs\` then writes this page.
Shared machines are noisy: trust ratios from one run, not times from two.`

/** A chapter shows every stored run of one benchmark. */
export const chapters = [
  {
    command: 'step',
    title: 'One training step',
    about: `A step draws a random direction, computes the tangent through the network, and applies Adam. Other libraries compute the same step from the same numbers in alternating rounds. Each of them must reproduce our loss and our
derivative before it is timed. The table shows the fastest form of each peer, and its fastest form in which the library itself
differentiates. "Derivatives by hand" means that the tangent or the reverse loop is written out for this network, as a user of that
library would have to do. PyTorch runs with unthrottled
OpenBLAS and a warm allocator. A value below 1 in the last column means that Spikeward is faster.`,
  },
  {
    command: 'ratios',
    title: 'Goals of each instruction set',
    about: `Each figure comes from one alternating run on one instruction set; PyTorch and OpenBLAS use the same one. A speed is the other
library's time divided by ours. "rfg / bp" and "spsa / bp" are ratios of times on the native backend. The last column bounds a figure by the time
that our dense products take at the measured peak, so it shows which goals no faster kernel reaches. [What bounds the goals that are not
reached](decisions/0010-code-generation.md#what-bounds-the-goals-that-are-not-reached) is stated with the design of the code generator.`,
  },
  {
    command: 'table',
    title: 'Forward only against back-propagation',
    about: `The tables compare one random direction per step, two forward passes (spsa) and back-propagation on the same backend, in alternating
rounds. Older stored runs do not contain spsa. The paper reports a saving of 66% in training cost; its derivation is not public. We
measure the saving in time in the last column, no saving in operations, and the saving in memory below. Other work on a machine
increases wall-clock times, most of all those of long steps. Processor time counts only the step itself, so use its ratio if the
machine was busy.`,
  },
  {
    command: 'memory',
    title: 'Memory against time steps',
    about: `Forward mode holds one chunk of time steps for any T. Back-propagation stores the membrane of every layer for all steps.
\`bp/checkpoint\` stores the state every √T steps and recomputes the steps in between.`,
  },
  {
    command: 'scaling',
    title: 'Scaling',
    about:
      'Each table varies one factor of the step above. Steps that need too much memory or time are listed with the reason.',
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
    about: `The table shows the time to train the Mexican hat to a given validation error from parameters of the same distribution: by
back-propagation in the fastest form of each library and of Spikeward, and forward only. All use the same sequence of training lengths.
Our times include compilation; those of the peers do not. \`npm run -s bench -- setup-peers\` installs the peers that Debian packages.`,
  },
  {
    command: 'derivatives',
    title: 'Derivatives in the coordinates',
    about: `A derivative of order k along one axis: Taylor mode carries k + 1 coefficients for each value, and k nested jvps carry 2^k. Both are
forward mode, and their results agree. We aimed at twice the speed at order 4.

**Through time steps Taylor mode reaches it**, compiled, in the first call and without compilation: at order 4, 2.1, 2.0 and 2.3 times as fast
on \`native\` with 128 leaky neurons and 16 steps. On \`cpu\` it is 2.3 times as fast without
compilation and 1.7 times in the first call; compiled, the program of nested jvps at order 4 takes 25 to 140 times as long as that of Taylor mode in four runs, of which one is
stored. Its operations do not explain this. We suspect a slow path of that backend for large kernels, and have not found it. The state of a spiking network in time is carried from step to step, and the compiler does
not merge it, so that nested jvps do 2.4 times as many operations at order 4.

**Without time steps the goal is reached only uncompiled**, because nested jvps then run every repeated operation: in a dense network Taylor mode is 2.0 and 2.9 to 3.0 times as
fast at orders 3 and 4. Compiled, both programs do as many operations, because the tangents of nested jvps along one direction repeat each other and the
compiler merges equal values; networks of 512 units or of six layers do not differ (not stored). In the first call Taylor mode
traced in 0.6 ms what nested jvps traced in 12 ms (native, order 4, not stored). But to lower and to compile the same operations
took 55 to 60 ms more with either, so that the first call cannot be much faster. At
orders 1 and 2 Taylor mode has no clear advantage in any column, and derivatives of a network's field use nested jvps there.

A first call traces and compiles the function anew. "Times faster" is the median of the ratios of alternating rounds, so it can differ from the
ratio of the two medians. The machine did other work: at order 1 on \`cpu\`, compiled programs with equal operations differ by a factor
of 2.3, so that a single factor below it is no evidence. The ratios at orders 3 and 4 without compilation agree on both backends.`,
  },
  {
    command: 'energy',
    title: 'Operations, memory traffic and modelled energy',
    about: `The benchmark counts a step of each estimator value by value from the run itself; effective counts omit zeros. Numbers are relative to
a step of back-propagation, so the paper's saving of 66% would be 0.34. Energy is the range of a model with its sources, not a
measurement. The second table multiplies a step by the number of steps to the same validation error.`,
  },
  {
    command: 'break-even',
    title: 'Spiking against dense at equal error',
    about: `All networks are DeepONets with two hidden layers in branch and trunk. The break-even rate is the firing rate at which one evaluation of the
spiking network would cost as much as one of the dense network: accumulates, the weight reads that they cause and spikes scale with
the rate; the rest of the cost does not depend on spikes.`,
  },
  {
    command: 'quantised',
    title: 'Networks in the integers of a chip',
    about: `The networks were trained in floats. Their weights are rounded to 8, 6 and 4 bits, and their biases, thresholds and leaks to the words of
a simulated Loihi 2. Only the readout on the host is fitted again, in the second table.`,
  },
  {
    command: 'quantised-operators',
    title: 'Operator networks in the integers of a chip',
    about: `The command line trains DeepONets with a spiking branch and a spiking trunk, and \`quantise\` measures each of them on the test
functions. Amplitude and boundary values are treated as in training.`,
  },
  {
    command: 'device',
    title: 'Training on a simulated chip',
    about: `Training uses the integers of Loihi 2 with graded inputs: perturbations of ±2^k, true spikes, two losses from the host, updates by
shifts with stochastic rounding. On an imperfect device thresholds and decays vary, and 1 % of the synapses are stuck at 0. Fine-tuning
holds the readout; from scratch the host learns it by the delta rule. The last column is another training, in which the host solves the readout
every 100 steps. "Solved" columns solve it once more after the training. For training from scratch, the quantised network is the untrained one.
The rates, and the perturbation k of \`spsa\`, are those with the least mean error at the validation points among the trials in the second
table, whose keys no result uses. Each treatment of the readout has its own settings if the second table has a row for it; otherwise both
use the settings of the solved readout.`,
  },
  {
    command: 'device-operators',
    title: 'Training operator networks on a simulated chip',
    about: `The command line trains DeepONets with a spiking branch and a spiking trunk, and \`chip train\` tunes each of them in integers by node
perturbation: first the branch, then the trunk, each for as many steps; the host holds both readouts and the product. On an imperfect
device thresholds and decays vary, and 1 % of the synapses are stuck at 0. "Solved" columns solve the readout of the branch once more on the
host. The second table shows how the rates were chosen: with other keys, on functions of another data key.`,
  },
  {
    command: 'accuracy',
    title: 'Accuracy',
    about: `Each cell is one run of \`npm run -s spikeward -- train …\` with the defaults of the command or the settings named in the table, which
were chosen on the validation points. The settings of \`rfg\`, \`activity\` and \`spsa\` on the Mexican hat come from the searches
[below](#settings-and-how-they-were-chosen), with a key that is not reported here. \`eligibility\` and \`gaussNewton\` are forward only as well. They assume that neurons of one layer do not act on each other,
and are exact for one hidden layer. The paper
reports 0.0426 (global), 0.0342 (layer-wise) and 0.0298 (back-propagation) on the Mexican hat with settings that are not public;
lower errors on our function do not prove that we reproduced its problem. Rows with \`--patience 20\` report the state with the lowest error
against the exact solution at validation points. They train on residuals (the inverse problem also on its measurements), but the exact
solution selects the reported state.`,
  },
  {
    command: 'own-data',
    title: 'Operators in files of your own',
    about: `Each cell is one run of \`train --data f.npy --inputs f --outputs u.npy#u --coords x.npy#x\` without further settings. The input functions are drawn from a
Gaussian process on [0, 1] with correlation length 0.2. The number of steps was chosen on the antiderivative and the heat
equation, in files of other keys; nothing else was tuned for these operators. The trial of the command chooses the settings on the
validation functions.`,
  },
  {
    command: 'search',
    title: 'Settings, and how they were chosen',
    about: `The search tries each learning rate with keys that no result uses, and chooses the rate with the lowest mean error on the validation
points. It discards errors on the test points before it stores or prints anything. The command tries at least five rates half a decade apart from 1e-4
upwards and continues beyond an end while the best rate is there; a test refuses a stored search with a best rate at an edge. We removed the earlier searches for the Mexican hat on 26 November 2026, because they tried only three rates, too few to find an
optimum. The machine also did other work: the number of steps is fixed, and the seconds are not a measurement.`,
  },
  {
    command: 'tuned',
    title: 'Estimators at equal steps, each at its own best rate',
    about: `Every estimator takes the same number of steps. Its learning rate is the best of its own search: at least five rates half a
decade apart from 1e-4 upwards, every run at full length, and further rates beyond an end while the best one is at that end. A test
refuses a stored table with a best rate at an edge. Searches and tests use different keys. The training points are a fixed grid, so
only networks, mini-batches and noise have keys. The JSON stores every trial. The trials of a table may come from several sessions of
the same command, which can continue an interrupted run. The machine also did other work: the number of steps is fixed, and the seconds
are not a measurement.`,
  },
  {
    command: 'laws',
    title: 'Scaling laws',
    about: `One size varies: the number of parameters, of layers, of time steps or of random directions. Every network and estimator takes the best
rate of its own search, at an equal number of steps. A power law is fitted to the mean errors. The trials of a table may come from
several sessions of the same command, which can continue an interrupted run.`,
  },
  {
    command: 'cosines',
    title: 'Random directions and their variance',
    about: `Every estimate is made at the parameters and on the batches of one training by back-propagation, and compared with its gradient. Estimates
that learn from earlier ones (a control variate, a learned subspace) have seen those of the same training.`,
  },
  {
    command: 'operator-cosines',
    title: 'Random directions in operator networks',
    about: `The same comparison on SepONets of several widths: a spiking branch for the input function, a spiking trunk for each coordinate.`,
  },
  {
    command: 'long',
    title: 'Long times and recurrent layers',
    about: `Delayed exclusive or: a network of leaky neurons receives a bit in the first 8 of T steps and a bit in the last 8, and answers whether they differ. Weights, leaks
and thresholds are learned. \`rateBackpropagation\` carries a trace for each synapse and each coefficient forward in time, which is exact for
one hidden layer. Sequences (an oscillator, the Lorenz system, a sum of two marked values): one recurrent layer with learned leaks below a leaky
readout; \`eProp\` carries a trace for each synapse. A training whose step needs more memory than the limit is not run. The memory of a step is that
of its plan. It excludes the sequences that a step receives, which are equally large for every estimator.`,
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
    about:
      'The tables show the time of each kernel and product of a step, of the executable around them, and of the JavaScript around that.',
  },
  {
    command: 'distributed',
    title: 'A step over ranks',
    about: `Processes of Open MPI, each with one thread, share the directions, the batch or the gradients of one step. The modelled links add
latency and limit bandwidth. The cost model is fitted to these rows; its values for many machines are predictions, not measurements.`,
  },
  {
    command: 'faults',
    title: 'Faults of queues and ranks',
    about: `Every fault comes in a suite of 30 trials of milliseconds, or in a training over two ranks. Its moments are a fixed sequence that
spreads over the suite or the run, and a killed worker runs a trial that would not end there. The
benchmark counts lost trials, trials that ran again after they had finished, and resumed runs with the bits of a run without a fault.`,
  },
  {
    command: 'stream',
    title: 'Data larger than memory',
    about: `The benchmark writes a data set as shards and trains until it has read as many functions as the data set holds. A step reads the
functions that its key draws while the step before is computed. The benchmark counts the bytes read and the resident memory of the whole process. Memory is the result: the two times depend on
the other load of the machine.`,
  },
  {
    command: 'directions',
    title: 'Memory against directions',
    about: `A direction is a function of its key and has as many numbers as there are parameters. A step in one program generates all K directions
and keeps them until it forms the gradient. Shares of one direction each hold only one direction at a time, for any K. The memory is the result: the times depend on what else
the machine does.`,
  },
] as const
