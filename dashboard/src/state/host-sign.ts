/** The status sign of the host as a signal, and whether what the page shows is out of date. */
import { computed } from '@preact/signals';
import { chooseHostSign, isSampleOld } from '../words/host-sign.js';
import { hostTime, sample } from './live.js';

export const hostSign = computed(() => chooseHostSign(sample.value, hostTime.value));

/** The page then shows the past, and is grey. */
export const isPageStale = computed(() => sample.value !== null && isSampleOld(sample.value, hostTime.value));
