global using FuzzedStack = Mirage.Net.TcpIp.DirectStack<Mirage.Fuzzing.FuzzNetwork, Mirage.Net.Virtual.SimulatedPlatform, Mirage.Net.TcpIp.Cubic>;
