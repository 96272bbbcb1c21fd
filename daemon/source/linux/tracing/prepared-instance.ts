/**
 * The tracing instance of a service without any rights. The service manager makes it as root with a shell script before the
 * daemon starts, and gives the daemon the files that it needs.
 */
import { TRACEFS } from './tracefs.js';
import { BIND_EVENT, BIND_FILTER, listInstanceSettings } from './tracepoint-filter.js';

/** Where the daemon finds that instance. The path leads to it in the mount namespace of the service only. */
export const PREPARED_INSTANCE = '/run/portcast/tracing';

const NAME = 'portcast';

/**
 * The scripts that make and remove the instance. `user` may read the events and switch those of binds, and nothing else.
 * @returns two commands for a POSIX shell that runs as root, the folder that the first one makes, and where the daemon
 * looks for it.
 */
export function renderTracingScripts(user: string, root: string = TRACEFS[0]) {
  const instances = `${root}/instances`;
  const write = ([file, value]: readonly [string, string]): string => `echo '${value}' > ${file}`;
  const bindSwitch = ['events', 'events/syscalls', BIND_EVENT, `${BIND_EVENT}/enable`].join(' ');
  const prepareBinds = `${write([`${BIND_EVENT}/filter`, BIND_FILTER])} && chown ${user} ${bindSwitch}`;
  return {
    prepare: [
      `cd ${instances}`,
      `mkdir -p ${NAME}`,
      `cd ${NAME}`,
      ...listInstanceSettings(null).map(write),
      `chown ${user} . trace_pipe`,
      `if [ -d ${BIND_EVENT} ]; then ${prepareBinds}; fi`,
    ].join(' && '),
    remove: `cd ${instances} && echo 0 > ${NAME}/events/enable && rmdir ${NAME}`,
    folder: `${instances}/${NAME}`,
    place: PREPARED_INSTANCE,
  };
}
