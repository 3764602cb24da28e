//! A thread that sends to a task; any runtime will do, here it is a loop.
#![allow(
    clippy::print_stdout,
    clippy::std_instead_of_core,
    clippy::std_instead_of_alloc,
    clippy::disallowed_methods,
    reason = "as a program outside this workspace does it"
)]

use std::error::Error;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};

use windlass_qos::guaranteed;

fn main() -> Result<(), Box<dyn Error>> {
    let (mut tx, mut rx) = guaranteed(8)?;
    let sending = thread::spawn(move || (1..=100).try_for_each(|n| tx.send(n)));
    let sum: u64 = block_on(async {
        let mut sum = 0;
        while let Ok(n) = rx.recv_async().await {
            sum += n;
        }
        sum
    });
    println!("the sum of 1 to 100 is {sum}");
    assert!(matches!(sending.join(), Ok(Ok(()))), "the buffer took all of them");
    assert_eq!(sum, 5_050, "every number arrived once");
    Ok(())
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

fn block_on<F: Future>(future: F) -> F::Output {
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(output) => return output,
            Poll::Pending => thread::park(),
        }
    }
}
