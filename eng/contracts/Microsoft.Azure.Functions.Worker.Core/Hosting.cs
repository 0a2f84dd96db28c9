using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Middleware;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Microsoft.Azure.Functions.Worker
{
    public interface IFunctionsWorkerApplicationBuilder
    {
        IServiceCollection Services { get; }

        IFunctionsWorkerApplicationBuilder Use(Func<FunctionExecutionDelegate, FunctionExecutionDelegate> middleware);
    }

    internal sealed class ContractWorkerBuilder : IFunctionsWorkerApplicationBuilder
    {
        private readonly List<Func<FunctionExecutionDelegate, FunctionExecutionDelegate>> _middleware = [];

        public ContractWorkerBuilder(IServiceCollection services)
        {
            Services = services;
            services.AddSingleton(_ => Enumerable.Reverse(_middleware)
                .Aggregate((FunctionExecutionDelegate)(_ => Task.CompletedTask), (next, wrap) => wrap(next)));
        }

        public IServiceCollection Services { get; }

        public IFunctionsWorkerApplicationBuilder Use(Func<FunctionExecutionDelegate, FunctionExecutionDelegate> middleware)
        {
            _middleware.Add(middleware);
            return this;
        }
    }

    /// <summary>Where the real worker connects to the Functions host: services can be built and checked, but nothing starts.</summary>
    internal sealed class ContractWorker : IHostedService
    {
        public static NotSupportedException NotSupported() => new(
            "This is the contract of Microsoft.Azure.Functions.Worker, which compiles but runs no functions. "
            + "Build with the real packages (make restore on a feed that has them).");

        public Task StartAsync(CancellationToken cancellationToken) => throw NotSupported();

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}

namespace Microsoft.Extensions.DependencyInjection
{
    public static class ServiceCollectionExtensions
    {
        public static IFunctionsWorkerApplicationBuilder AddFunctionsWorkerCore(
            this IServiceCollection services, Action<WorkerOptions>? configure = null)
        {
            ArgumentNullException.ThrowIfNull(services);
            services.AddHostedService<ContractWorker>();
            services.AddOptions();
            if (configure is not null)
            {
                services.Configure(configure);
            }

            var registered = services.FirstOrDefault(service => service.ServiceType == typeof(IFunctionsWorkerApplicationBuilder));
            if (registered?.ImplementationInstance is IFunctionsWorkerApplicationBuilder existing)
            {
                return existing;
            }

            IFunctionsWorkerApplicationBuilder builder = new ContractWorkerBuilder(services);
            services.AddSingleton(builder);
            return builder;
        }
    }
}

namespace Microsoft.Extensions.Hosting
{
    public static class CoreWorkerHostBuilderExtensions
    {
        public static IHostBuilder ConfigureFunctionsWorker(
            this IHostBuilder builder,
            Action<HostBuilderContext, IFunctionsWorkerApplicationBuilder> configure,
            Action<WorkerOptions> configureOptions)
        {
            ArgumentNullException.ThrowIfNull(configure);
            return builder.ConfigureServices((context, services) => configure(context, services.AddFunctionsWorkerCore(configureOptions)));
        }
    }
}
