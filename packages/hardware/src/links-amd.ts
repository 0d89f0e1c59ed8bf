/** Links between AMD chips (xGMI): one link to each of the seven others of a server. */

import { shares } from './link-shares.ts'
import type { ScaleUpLink } from './profile.ts'
import { GBps, MB, us } from './si.ts'
import { assumed, checked, doubtful, SOURCES } from './sources.ts'

const latency = assumed('As NVLink of the A100; no public scan of small messages')

export const XGMI_MI300: ScaleUpLink = {
  id: 'xgmi-mi300',
  name: 'xGMI, mesh of 8 (MI300X, MI325X)',
  topology: 'mesh',
  bandwidth: GBps(448),
  achieved: shares(448, { allReduce: 313, allGather: 313, reduceScatter: 313, allToAll: 313, sendRecv: 48 }),
  baseLatency: us(8),
  hopLatency: us(1.1),
  chunkBytes: MB(4.2),
  inSwitchReduction: false,
  provenance: {
    '*': checked(SOURCES.network, '7 links of 64 GB/s'),
    achieved: assumed('As the all-reduce: 48 GB/s a link are left of 64 for all of them'),
    'achieved.allReduce': checked(
      SOURCES.network,
      '312.9 GB/s on 8 MI300X at 4 GiB; 47.7 GB/s on 2, which have one link between them',
    ),
    'achieved.sendRecv': checked(SOURCES.rocmXgmi, 'One link, of which about 48 GB/s are left after protocol'),
    baseLatency: latency,
    hopLatency: latency,
    chunkBytes: assumed('As NVLink of the H100'),
  },
}

export const XGMI_MI350: ScaleUpLink = {
  ...XGMI_MI300,
  id: 'xgmi-mi350',
  name: 'xGMI, mesh of 8 (MI350X, MI355X)',
  bandwidth: GBps(535.5),
  provenance: {
    ...XGMI_MI300.provenance,
    '*': checked(SOURCES.network, '7 links of 76.5 GB/s'),
    achieved: assumed('Shares of the MI300X'),
    'achieved.allReduce': doubtful(
      SOURCES.rccl9406,
      'Share of the MI300X; 249 GB/s on two nodes of MI350X at 128 MiB is the only public figure',
    ),
    'achieved.sendRecv': assumed('Share of the MI300X'),
  },
}
