import { stopSeconds, type WorkerService } from '#cli/services/worker-service';

/**
 * A unit of systemd (man systemd.service, systemd.exec). `mixed`: only the worker hears the stop; what its actions have started goes on until the drain is over.
 * No `MemoryDenyWriteExecute`: a JavaScript engine writes the code that it runs.
 */
export const systemdUnit = (service: WorkerService): string =>
  `# A Flowbeat worker as a service. Where it is to run:
#   sudo useradd --system flowbeat
#   write this to /etc/systemd/system/flowbeat-worker.service
#   sudo systemctl daemon-reload && sudo systemctl enable --now flowbeat-worker
# Its log: journalctl -u flowbeat-worker. Credentials, and what else handlers want of the environment, go into
# /etc/flowbeat/worker.env, which only root has to be able to read; on EC2 the instance's role needs none.

[Unit]
Description=Flowbeat worker
Wants=network-online.target
After=network-online.target time-sync.target
# It is started again for as long as it takes: the network, or AWS, may come back much later.
StartLimitIntervalSec=0

[Service]
Type=exec
User=flowbeat
ExecStart=${service.command.map((word) => quoted(word, 'command')).join(' ')}
WorkingDirectory=${specifierFree(service.folder)}
${Object.entries(service.environment)
  .map(([name, value]) => `Environment=${quoted(`${name}=${value}`, 'value')}\n`)
  .join('')}EnvironmentFile=-/etc/flowbeat/worker.env
# A worker that ends by itself with 0 was told to, by a Spot notice for one, and is not wanted here again.
Restart=on-failure
RestartSec=5
KillSignal=SIGTERM
KillMode=mixed
# Its drain, and a moment.
TimeoutStopSec=${stopSeconds(service)}

# Handlers may write into these folders, and into a /tmp of their own.
ProtectSystem=strict
ReadWritePaths=${[service.folder, ...service.writes].map((folder) => quoted(folder, 'value')).join(' ')}
PrivateTmp=yes
NoNewPrivileges=yes
CapabilityBoundingSet=
ProtectKernelTunables=yes
ProtectKernelModules=yes
ProtectKernelLogs=yes
ProtectControlGroups=yes
ProtectClock=yes
ProtectHostname=yes
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
SystemCallArchitectures=native
UMask=0077

[Install]
WantedBy=multi-user.target
`;

/** A percent sign begins a specifier wherever a value stands. */
const specifierFree = (text: string): string => text.replaceAll('%', '%%');

/** One word, as systemd reads them; in a command a dollar sign begins a variable as well. */
function quoted(text: string, where: 'command' | 'value'): string {
  const free = specifierFree(text);
  const plain = where === 'value' ? free : free.replaceAll('$', '$$$$');
  if (/^[\w./:=@+,%$-]+$/.test(plain)) return plain;
  return `"${plain.replace(/[\\"]/g, '\\$&')}"`;
}
