import { describe, expect, it } from 'vitest';
import { createAddressBook, NO_STORE } from '../../../../daemon/notify/connect/address-book.js';
import type { AddressStore, KnownAddresses } from '../../../../daemon/notify-contracts.js';
import { DAY_MS, MINUTE_MS, SECOND_MS } from '../../../../daemon/units.js';
import { fakeClock } from '../../../fakes.js';

const HOST = 'smtp.example.org';

function openBook(store: AddressStore = NO_STORE) {
  const clock = fakeClock();
  const asked: { host: string; answer: (addresses: string[]) => void; fail: (error: Error) => void }[] = [];
  const lookUp = (host: string): Promise<readonly string[]> =>
    new Promise((answer, fail) => void asked.push({ host, answer, fail }));
  const book = createAddressBook({ clock, store, lookUp });
  /** Answers the latest look-up and waits until the book knows it. */
  const answer = async (...addresses: string[]): Promise<void> => {
    asked.at(-1)?.answer(addresses);
    await new Promise(setImmediate);
  };
  const fail = async (): Promise<void> => {
    asked.at(-1)?.fail(new Error('getaddrinfo EAI_AGAIN'));
    await new Promise(setImmediate);
  };
  return { clock, book, asked, answer, fail };
}

function memoryStore(before: readonly KnownAddresses[] = []) {
  let kept = before;
  let saves = 0;
  return {
    loadAddresses: () => kept,
    saveAddresses: (known: readonly KnownAddresses[]) => {
      kept = known;
      saves += 1;
    },
    saves: () => saves,
  };
}

describe('the known addresses', () => {
  it('of a literal address need no look-up', async () => {
    const { book, asked } = openBook();
    expect(await book.find('192.0.2.1', 10)).toEqual(['192.0.2.1']);
    expect(await book.find('2001:db8::1', 10)).toEqual(['2001:db8::1']);
    expect(book.facts('192.0.2.1')).toEqual({ address: '192.0.2.1', foundAtMs: null, error: null });
    expect(asked).toEqual([]);
  });

  it('are used at once, and looked up again in the background when they are old', async () => {
    const { clock, book, asked, answer } = openBook();
    const first = book.find(HOST, 1000);
    await answer('192.0.2.1');
    expect(await first).toEqual(['192.0.2.1']);
    expect(await book.find(HOST, 1000)).toEqual(['192.0.2.1']);
    expect(asked).toHaveLength(1);
    clock.advance(10 * MINUTE_MS);
    expect(await book.find(HOST, 0)).toEqual(['192.0.2.1']);
    expect(asked).toHaveLength(2);
    await answer('192.0.2.2');
    expect(await book.find(HOST, 0)).toEqual(['192.0.2.2']);
  });

  it('go on to be used while the resolver fails or hangs, and tell their age', async () => {
    const { clock, book, asked, answer, fail } = openBook();
    const first = book.find(HOST, 1000);
    await answer('192.0.2.1');
    await first;
    const { foundAtMs } = book.facts(HOST);
    clock.advance(DAY_MS);
    await book.find(HOST, 0);
    await fail();
    expect(book.facts(HOST)).toEqual({ address: '192.0.2.1', foundAtMs, error: 'getaddrinfo EAI_AGAIN' });
    clock.advance(MINUTE_MS);
    // This look-up never ends: it is not repeated, and nothing waits for it.
    for (let call = 0; call < 5; call += 1) {
      clock.advance(MINUTE_MS);
      expect(await book.find(HOST, 0)).toEqual(['192.0.2.1']);
    }
    expect(asked).toHaveLength(3);
  });

  it('are not asked for again and again when the resolver fails', async () => {
    const { clock, book, asked, answer, fail } = openBook();
    const first = book.find(HOST, 1000);
    await answer('192.0.2.1');
    await first;
    clock.advance(DAY_MS);
    await book.find(HOST, 0);
    await fail();
    for (let call = 0; call < 10; call += 1) await book.find(HOST, 0);
    expect(asked).toHaveLength(2);
    clock.advance(30 * SECOND_MS);
    await book.find(HOST, 0);
    expect(asked).toHaveLength(3);
  });

  it('of a name that was never resolved fail within the time limit', async () => {
    const { book, asked } = openBook();
    await expect(book.find(HOST, 20)).rejects.toThrow(/resolver did not answer for smtp\.example\.org within 20 ms/);
    // A second caller waits for the same look-up.
    const second = book.find(HOST, 1000);
    expect(asked).toHaveLength(1);
    asked[0]?.answer(['192.0.2.1']);
    expect(await second).toEqual(['192.0.2.1']);
  });

  it('take no more than two threads, so that a resolver that hangs does not stop the files', async () => {
    const { book, asked } = openBook();
    const all = ['a.example', 'b.example', 'c.example'].map((host) => book.find(host, 1000));
    expect(asked.map(({ host }) => host)).toEqual(['a.example', 'b.example']);
    asked[0]?.answer(['192.0.2.1']);
    await all[0];
    await new Promise(setImmediate);
    expect(asked.map(({ host }) => host)).toEqual(['a.example', 'b.example', 'c.example']);
    asked[1]?.answer(['192.0.2.2']);
    asked[2]?.answer(['192.0.2.3']);
    expect(await Promise.all(all)).toEqual([['192.0.2.1'], ['192.0.2.2'], ['192.0.2.3']]);
  });

  it('begin with the one that has answered, as long as the name has it', async () => {
    const { clock, book, answer } = openBook();
    const first = book.find(HOST, 1000);
    await answer('192.0.2.1', '192.0.2.2');
    await first;
    book.prefer(HOST, '192.0.2.2');
    expect(await book.find(HOST, 0)).toEqual(['192.0.2.2', '192.0.2.1']);
    clock.advance(DAY_MS);
    await book.find(HOST, 0);
    await answer('192.0.2.1', '192.0.2.2', '192.0.2.3');
    expect(await book.find(HOST, 0)).toEqual(['192.0.2.2', '192.0.2.1', '192.0.2.3']);
  });

  it('survive a restart, and are stored when they change or some minutes have passed', async () => {
    const store = memoryStore();
    const { clock, book, answer } = openBook(store);
    const first = book.find(HOST, 1000);
    await answer('192.0.2.1');
    await first;
    for (let look = 0; look < 12; look += 1) {
      clock.advance(5 * MINUTE_MS);
      await book.find(HOST, 0);
      await answer('192.0.2.1');
    }
    expect(store.saves()).toBe(7);
    const later = openBook(store);
    expect(await later.book.find(HOST, 0)).toEqual(['192.0.2.1']);
    expect(later.book.facts(HOST).foundAtMs).toBe(clock.wallMs());
  });

  it('without any address are an error', async () => {
    const { book, answer } = openBook();
    const failed = expect(book.find(HOST, 1000)).rejects.toThrow('the name smtp.example.org has no address');
    await answer();
    await failed;
  });
});
