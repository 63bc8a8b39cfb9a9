using Mirage;

// A program that ends in the way its argument says; see HostMainTests.
var boot = new BootArguments("ending", "Ends as it is told.");
var how = boot.AddText("how", "HOW", "How to end.", "done");
return HostMain.Run(boot, args, async (platform, cancellation) =>
{
    await platform.SleepAsync(TimeSpan.Zero, cancellation);
    switch (how.Value)
    {
        case "done":
            return;
        case "device":
            throw new DeviceException(new DeviceError(ErrorKind.NotPermitted, "open tap0:\nnot permitted"));
        case "argument":
            throw new BootArgumentException("--how: not with\nthese others");
        case "fail":
            throw new InvalidOperationException("a mistake");
        case "cancelled":
            throw new OperationCanceledException();
        case "wait":
            Console.Out.WriteLine("waiting");
            await platform.SleepAsync(TimeSpan.MaxValue, cancellation);
            return;
        case "wait-then-clean":
            Console.Out.WriteLine("waiting");
            await Task.Delay(Timeout.Infinite, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
            Console.Out.WriteLine(platform.IsOnLoop ? "cleaned on the loop" : "cleaned elsewhere");
            return;
        case "deaf":
            using (cancellation.Register(() => Console.Out.WriteLine("not now")))
            {
                Console.Out.WriteLine("waiting");
                await Task.Delay(Timeout.Infinite, CancellationToken.None);
            }

            return;
        default:
            throw new ArgumentException($"'{how.Value}' is not a way to end");
    }
});
