/**
 * The C library, called through koffi. koffi is an optional dependency: npm leaves it out where it has no binary for the
 * system, and with `--omit=optional`. Without it portcast reads the socket table by another source and notifies systemd
 * through a command.
 */
import { createRequire } from 'node:module';
import { messageOf } from './errors.js';

/** A C function. Arguments are numbers and typed arrays, which are passed as pointers. */
type CFunction = (...args: unknown[]) => number;

export interface CLibrary<Name extends string> {
  readonly calls: Readonly<Record<Name, CFunction>>;
  /** The name of `errno` after the last call of this thread, such as `EAGAIN`; `errno 999` where it has none. */
  readErrno(): string;
}

/** The part of koffi that is used. Its own types cannot be imported, because it may not be installed. */
interface Koffi {
  load(file: null): { func(prototype: string): (...args: unknown[]) => unknown };
  errno(): number;
  os: { errno: Record<string, number> };
}

/**
 * Binds C functions by their prototypes, such as `int close(int fd)`. Never throws: `problem` is the reason why they
 * cannot be called: that koffi is not installed or not built for this system, or that the library lacks a function.
 */
export function loadCLibrary<Name extends string>(
  prototypes: Readonly<Record<Name, string>>,
): CLibrary<Name> | { readonly problem: string } {
  let koffi: Koffi;
  try {
    const require = createRequire(import.meta.url);
    koffi = require('koffi') as Koffi;
  } catch (error) {
    return { problem: `the optional package koffi cannot be loaded (${firstLineOf(error)})` };
  }
  try {
    return { calls: bindFunctions(koffi, prototypes), readErrno: () => nameErrno(koffi) };
  } catch (error) {
    return { problem: `koffi cannot call the C library (${firstLineOf(error)})` };
  }
}

function bindFunctions<Name extends string>(koffi: Koffi, prototypes: Readonly<Record<Name, string>>) {
  // The process itself: this finds the C library that node is linked with, whatever its file is called (glibc, musl).
  const library = koffi.load(null);
  const bind = (prototype: string): CFunction => {
    const call = library.func(prototype);
    return (...args) => Number(call(...args));
  };
  const entries = Object.entries<string>(prototypes).map(([name, prototype]) => [name, bind(prototype)]);
  return Object.fromEntries(entries) as Record<Name, CFunction>;
}

function nameErrno(koffi: Koffi): string {
  const errno = koffi.errno();
  return Object.keys(koffi.os.errno).find((name) => koffi.os.errno[name] === errno) ?? `errno ${errno}`;
}

function firstLineOf(error: unknown): string {
  return messageOf(error).split('\n', 1)[0] ?? '';
}
