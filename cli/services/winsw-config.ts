import { badInput } from '#cli/exit';
import { stopSeconds, type WorkerService } from '#cli/services/worker-service';

/**
 * The configuration of WinSW (github.com/winsw/winsw, docs/xml-config-file.md), which runs a program as a Windows service: Windows itself starts only programs that answer its
 * service manager, which Node does not. It stops with Ctrl-C, by which a worker drains.
 */
export function winswConfig(service: WorkerService): string {
  const { command, folder, environment } = service;
  const [executable = '', ...args] = command;
  for (const text of [...command, folder, ...Object.values(environment)]) {
    if (text.includes('%')) throw badInput(`WinSW cannot be given ${text}: it reads % as the name of a variable.`);
  }
  return `<!--
  A Flowbeat worker as a Windows service, by WinSW (https://github.com/winsw/winsw). Where it is to run, as an administrator:
    put WinSW-x64.exe to C:\\flowbeat\\flowbeat-worker.exe, and this beside it as flowbeat-worker.xml
    C:\\flowbeat\\flowbeat-worker.exe install
    C:\\flowbeat\\flowbeat-worker.exe start
  Its log is in the same folder. It runs as LocalSystem until you give it an account that may do less: services.msc, Log On.
-->
<service>
  <id>flowbeat-worker</id>
  <name>Flowbeat worker</name>
  <description>Runs flows of Flowbeat.</description>
  <executable>${escaped(executable)}</executable>
${args.map((one) => `  <argument>${escaped(one)}</argument>\n`).join('')}  <workingdirectory>${escaped(folder)}</workingdirectory>
${Object.entries(environment)
  .map(([name, value]) => `  <env name="${name}" value="${escaped(value)}"/>\n`)
  .join('')}  <startmode>Automatic</startmode>
  <depend>W32Time</depend>
  <onfailure action="restart" delay="5 sec"/>
  <stoptimeout>${stopSeconds(service)} sec</stoptimeout>
  <log mode="roll"/>
</service>
`;
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

const escaped = (text: string): string => text.replace(/[&<>"]/g, (sign) => ENTITIES[sign] ?? sign);
