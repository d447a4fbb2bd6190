//! A host program for the lab: `lab` lists the scenes, `lab NAME [name=number…] [-- COMMAND…]`
//! runs one.
#![expect(clippy::print_stdout, reason = "an example to try the lab by hand")]

use std::process::ExitCode;

use listenq_lab as lab;

fn main() -> ExitCode {
    if let Some(code) = lab::main_if_asked(std::env::args_os()) {
        return code;
    }
    match run() {
        Ok(code) => code,
        Err(error) => {
            println!("lab: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<ExitCode, lab::LabError> {
    let mut arguments = std::env::args().skip(1);
    let Some(scene) = arguments.next() else {
        for scene in lab::scenes() {
            println!("{:16} {}", scene.name, scene.summary);
        }
        return Ok(ExitCode::SUCCESS);
    };
    let mut launch = lab::Launch::new("/proc/self/exe", &scene);
    for text in arguments.by_ref().take_while(|argument| argument != "--") {
        launch.settings = launch.settings.set_text(&text)?;
    }
    let mut stage = lab::Stage::launch(&launch)?;
    for listener in &stage.facts().listeners {
        println!("{listener}");
    }
    let command: Vec<_> = arguments.collect();
    if command.is_empty() {
        println!("{}", lab::find(&scene)?.look_at);
        stage.wait()?;
        return Ok(ExitCode::SUCCESS);
    }
    let status = stage.run_attached(command)?;
    Ok(status
        .code()
        .and_then(|code| u8::try_from(code).ok())
        .unwrap_or(1)
        .into())
}
