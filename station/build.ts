declare const LAZARET_BUILD: string | undefined

/** Names the code of a bundle, by its content; null where Lazaret runs from its sources, which may change at any moment. */
export const BUILD: string | null = typeof LAZARET_BUILD === 'string' ? LAZARET_BUILD : null
