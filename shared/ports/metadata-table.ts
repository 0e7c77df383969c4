/**
 * Small JSON items by partition and sort key, with versions. Reads see every write that was answered before.
 * Keys are non-empty strings of at most 1,024 bytes; items at most 256 KiB.
 */
export interface MetadataTable {
  get(key: ItemKey): Promise<Item | null>
  /** In the order asked, null where absent. */
  getMany(keys: readonly ItemKey[]): Promise<(Item | null)[]>
  /** One write. Resolves, with the new version, once durable. @throws Fault `conflict` when the expectation fails */
  put(write: PutItem): Promise<number>
  delete(key: ItemKey, expect?: Expectation): Promise<void>
  /** At most 100 writes, all or none. @throws Fault `conflict` */
  write(
    batch: readonly (({ kind: 'put' } & PutItem) | ({ kind: 'delete'; expect?: Expectation } & ItemKey))[],
  ): Promise<void>
  /** A page of one partition in byte order of the sort key. */
  query(query: ItemQuery): Promise<ItemPage>
  /** Like `query`, over the items that were put with this index's partition; sorted by the index's sort key, then the item's key. */
  queryIndex(query: ItemQuery): Promise<ItemPage>
}

export interface ItemKey {
  readonly partition: string
  readonly sort: string
}

export interface Item extends ItemKey {
  /** 1 at the first put, one more at each. */
  readonly version: number
  readonly value: unknown
}

/** `absent`: there is none yet. A number: the stored version is still that one. Left out: whatever is there. */
export type Expectation = 'absent' | number

export interface PutItem extends ItemKey {
  readonly value: unknown
  readonly expect?: Expectation
  /** A second way to find the item. */
  readonly index?: ItemKey
}

export interface ItemQuery {
  readonly partition: string
  /** Only sort keys that begin with this. */
  readonly prefix?: string
  /** At most this many (≤ 1,000). */
  readonly limit: number
  /** From an earlier page. A cursor of another query finds nothing outside this one. @throws Fault `request_invalid` for a forged one */
  readonly cursor?: string
}

export interface ItemPage {
  readonly items: readonly Item[]
  /** null: that was all. */
  readonly cursor: string | null
}
