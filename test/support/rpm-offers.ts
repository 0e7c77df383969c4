import type { RpmOffer } from '#shared/domain/packaging/rpm/model.ts'
import { openRpmListBuilder } from '#shared/domain/packaging/rpm/refresh/list-builder.ts'
import { openRpmList } from '#shared/domain/packaging/rpm/refresh/list-format.ts'
import { OPERATORS } from '#shared/domain/packaging/rpm/refresh/list-layout.ts'
import { GROUPS, openOfferDraft, type OfferSink } from '#shared/domain/packaging/rpm/refresh/offer-draft.ts'
import { openPrimaryScanner } from '#shared/domain/packaging/rpm/refresh/primary.ts'

/** Adds an offer to a list as a reader of repositories would. */
export function addOffer(to: OfferSink, offer: RpmOffer): void {
  const draft = openOfferDraft()
  draft.name = to.intern(offer.name)
  draft.architecture = to.intern(offer.architecture)
  draft.version = to.intern(offer.version)
  draft.release = to.intern(offer.release)
  draft.epoch = offer.epoch === null ? 0 : offer.epoch + 1
  draft.sourceRpm = to.intern(offer.sourceRpm)
  draft.vendor = to.intern(offer.vendor)
  draft.buildTime = offer.buildTime === null ? 0 : offer.buildTime + 1
  for (const group of GROUPS) {
    for (const { name, operator, evr } of offer.relations[group]) {
      draft[group].push(to.intern(name), OPERATORS.indexOf(operator), to.intern(evr))
    }
  }
  for (const file of offer.files) draft.files.push(to.intern(file))
  to.add(draft)
}

/**
 * What a list has of a primary.xml that comes in pieces of so many bytes: its offers by name, those of one name as they came.
 * @throws Fault where it is refused
 */
export function readPrimary(xml: Uint8Array, how: 'always' | 'where-unusual', pieceBytes: number): RpmOffer[] {
  const builder = openRpmListBuilder()
  const scanner = openPrimaryScanner('primary.xml', builder, how)
  for (let at = 0; at < xml.length; at += pieceBytes) scanner.write(xml.subarray(at, at + pieceBytes))
  scanner.finish()
  const list = openRpmList(builder.finish())
  return [...list.names()].toSorted().flatMap((name) => list.find(name))
}
