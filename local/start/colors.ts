import picocolors from 'picocolors';

/** Only on a terminal that takes them. The library itself takes every CI for one (its CI variable). */
export const colors = picocolors.createColors(process.stdout.isTTY === true && !process.env['NO_COLOR']);
