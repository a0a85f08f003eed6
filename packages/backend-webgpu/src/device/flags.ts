/** GPUMapMode.READ, which is a global in pages only. */
export const MAP_MODE_READ = 1

/** The flags of GPUBufferUsage, which are globals in pages only. */
export const GPUBufferUsages = { MAP_READ: 1, COPY_SRC: 4, COPY_DST: 8, UNIFORM: 64, STORAGE: 128 } as const
