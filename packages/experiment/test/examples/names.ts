import { nearest, pick } from '@spikeward/experiment'

console.log(nearest('burger', ['burgers', 'poisson-1d'])) // burgers
console.log(pick('problem', 'burgers', { burgers: 1 })) // 1; an unknown name throws CLI_UNKNOWN_NAME and suggests the nearest one
