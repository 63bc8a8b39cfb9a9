global using Mirage.Net.Virtual;
