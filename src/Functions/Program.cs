using Microsoft.Extensions.Hosting;
using Tidemark.Functions.Hosting;

await TidemarkApp.CreateBuilder(args).Build().RunAsync();
