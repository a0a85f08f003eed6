/** One plain sentence for each estimator: what it does, for a reader who knows no calculus of it. */
const sentences: Readonly<Record<string, string>> = {
  activity: 'It adds noise to what each neuron receives and keeps the changes after which the answer was better.',
  bp: 'It runs backwards: it stores every time step, and carries the error back through all of them.',
  eggroll: 'It tries many small changes of all weights, each of a simple form, and moves towards the better ones.',
  eligibility:
    'Each weight remembers, while time runs forward, how much it took part in recent spikes; the error at the end says which way to change it.',
  evolution: 'It tries pairs of opposite changes of all weights and moves towards the better one of each pair.',
  exactForward: 'It nudges one weight after another and measures each effect: exact, and slow.',
  feedback: 'It sends the error at the output straight to each layer, over connections that it learns on the way.',
  gaussNewton: 'It measures how every answer depends on the weights, forward in time, and solves for the best step.',
  guided: 'It guesses which way to step, checks the guess, and adds a few random directions.',
  localLoss: 'Each layer learns to answer by itself; no error passes from layer to layer.',
  lowRank:
    'It nudges all weights in one simple random direction and measures, carried through every spike, what that does.',
  mezo: 'It moves all weights a little to both sides, compares the two errors, and uses no derivative.',
  multiTangent: 'It nudges all weights in several directions at once, which together reach every weight.',
  orthogonalTangents: 'It nudges all weights in several directions that share nothing, and adds up what each one says.',
  pseudoZeroth: 'It adds noise to the neurons, and learns from the answers how to send the error to each of them.',
  rateBackpropagation: 'It runs forward in time, and sends the error down the layers once, at the end.',
  rfg: 'It nudges all weights in a random direction and measures, carried forward through every spike, whether the error falls.',
  spsa: 'It moves all weights a little to both sides at random, compares the two errors, and uses no derivative.',
  subspaceGaussNewton: 'It nudges all weights in some random directions and solves for the best step among them.',
}

/**
 * @param name of an estimator
 * @param summary of its declaration, for estimators that have no sentence here
 */
export const plainly = (name: string, summary = ''): string =>
  sentences[name] ?? (summary === '' ? '' : `In the words of its package: ${summary}.`)
