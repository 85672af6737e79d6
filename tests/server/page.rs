//! The page, in a browser without a window, by the driver at `WEBDRIVER_URL` or one of its own.

use thirtyfour::prelude::*;
use xtask::server::{Server, browser};

use crate::load::place::Place;
use crate::running::Running;
use crate::server::models::CUSTOMERS;
use crate::uploads::Slow;

/// The page in a browser, which is closed by [`close`](Self::close).
struct Page {
    driver: WebDriver,
    _started: Option<Server>,
}

impl Page {
    async fn open(running: &Running) -> Self {
        let elsewhere = std::env::var("WEBDRIVER_URL").ok();
        let started = elsewhere.is_none().then(|| browser::start().unwrap());
        let own = started.as_ref().map(|server| server.variable.1.clone());
        let url = elsewhere.or(own).unwrap();
        let mut browser = DesiredCapabilities::chrome();
        for argument in ["--headless=new", "--no-sandbox", "--disable-dev-shm-usage"] {
            browser.add_arg(argument).unwrap();
        }
        let driver = WebDriver::new(url, browser).await.unwrap();
        driver.goto(&running.url).await.unwrap();
        Self {
            driver,
            _started: started,
        }
    }

    /// Waits until a field of an order is shown like this.
    async fn shows(&self, order: i32, column: &str, text: &str) {
        let cell = format!("tr[data-order='{order}'] td[data-column='{column}']");
        let cell = self
            .driver
            .query(By::Css(&*cell))
            .with_text(text.to_owned());
        cell.first().await.unwrap();
    }

    async fn press(&self, button: &str) {
        let button = self.driver.query(By::Id(button)).first().await.unwrap();
        button.click().await.unwrap();
    }

    /// Waits until the page says this of what was pressed.
    async fn says(&self, text: &str) {
        let answer = self
            .driver
            .query(By::Id("answer"))
            .with_text(text.to_owned());
        answer.first().await.unwrap();
    }

    async fn close(self) {
        self.driver.quit().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_shows_fields_change_while_an_import_runs() {
    let running = Running::start(Place::sqlite(), 4, &CUSTOMERS).await;
    let page = Page::open(&running).await;
    page.shows(1, "label", "Ada #1, 0 items").await;
    let import = Slow::begin(&running, "/import?batch=2");
    for part in 1..=3 {
        import.send("1,tea,1,100\n1,pot,2,200\n");
        page.shows(1, "label", &format!("Ada #1, {} items", 2 * part))
            .await;
        page.shows(1, "total_cents", &(500 * part).to_string())
            .await;
    }
    assert_eq!(import.end().await["loaded"], 6);
    page.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_imports_and_validates_and_says_what_came_of_it() {
    let running = Running::start(Place::sqlite(), 4, &CUSTOMERS).await;
    let page = Page::open(&running).await;
    page.shows(20, "items", "0").await;
    page.press("validate").await;
    page.says("validate, disabled: 1980 rows loaded, 20 refused")
        .await;
    page.press("import").await;
    page.says("import, buffered: 1980 rows loaded, 20 refused")
        .await;
    page.shows(20, "items", "100").await;
    let items = running.count("SELECT count(*) AS number FROM items WHERE updated_by = 'page'");
    assert_eq!(items, 1980);
    page.close().await;
}
