/** Helpers that let a profile be written in the units of its source; each returns SI. */

/** Bytes/s from gigabytes (1e9) per second. */
export const GBps = (value: number): number => value * 1e9
/** Bytes/s from gigabits (1e9) per second. */
export const Gbps = (value: number): number => (value * 1e9) / 8
/** FLOP/s from TFLOP/s. */
export const TFLOPs = (value: number): number => Math.round(value * 1e3) * 1e9
/** Bytes from GiB (2^30). */
export const GiB = (value: number): number => value * 2 ** 30
/** Bytes from MB (1e6). */
export const MB = (value: number): number => Math.round(value * 1e6)
/** Bytes from MiB (2^20). */
export const MiB = (value: number): number => value * 2 ** 20
/** Hertz from MHz. */
export const MHz = (value: number): number => value * 1e6
/** Watts from kW. */
export const kW = (value: number): number => Math.round(value * 1e3)
/** Seconds from microseconds. */
export const us = (value: number): number => value / 1e6
